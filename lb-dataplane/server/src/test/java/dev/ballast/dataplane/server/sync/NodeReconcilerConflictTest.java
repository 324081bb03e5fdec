package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.ConditionStatus;
import dev.ballast.dataplane.server.status.StatusReport;
import java.net.InetAddress;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses that a machine outside the cluster may use. */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerConflictTest extends NodeReconcilerFixture {

  @Test
  void a_never_announced_address_is_probed_and_not_reported_meanwhile() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    announcer.result = new AcquireResult.Probing();

    // When
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(calls).doesNotContain("report");
    announcer.result = new AcquireResult.Acquired();
    reconcile();
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    reconcile();
    assertThat(announcer.probed).as("probed once").isEmpty();
  }

  @Test
  void an_address_is_probed_before_its_endpoints_are_known() throws Exception {
    // Given
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
  }

  @Test
  void an_address_is_probed_before_its_load_balancer_exists() throws Exception {
    // Given
    cluster.pendingAddresses.add(InetAddress.ofLiteral("198.18.100.7"));

    // When
    reconcile();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
    assertThat(calls).doesNotContain("acquire 198.18.100.7", "report");
    serveWeb();
    reconcile();
    assertThat(announcer.probed).as("not probed once it is acquired").isEmpty();
  }

  @Test
  void an_address_that_another_node_will_own_is_not_probed() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), false);
    cluster.pendingAddresses.add(InetAddress.ofLiteral("198.18.100.7"));

    // When
    reconcile();

    // Then
    assertThat(announcer.probed).isEmpty();
  }

  @Test
  void an_address_that_another_node_has_announced_is_taken_over_without_a_probe() throws Exception {
    // Given
    cluster.configs.put(WEB, reportedBy(99, "n2"));
    cluster.slices.put(WEB, slices());

    // When
    reconcile();

    // Then
    assertThat(announcer.probed).isEmpty();
    assertThat(calls).contains("acquire 198.18.100.7");
  }

  @Test
  void an_address_in_use_outside_the_cluster_is_rejected_counted_and_retried() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    announcer.result =
        new AcquireResult.AcquireRejected(AcquireResult.RejectionReason.ADDRESS_IN_USE, "in use");

    // When
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(reports.getLast().node().notAnnounced())
        .containsExactly(new AddressReport("198.18.100.7", AddressReport.IN_USE, "in use"));
    assertThat(conflicts("before")).isEqualTo(1);
    reconcile();
    assertThat(conflicts("before")).as("counted once").isEqualTo(1);
    assertThat(announcer.probed).as("probed again").isNotEmpty();
  }

  /** The other node had another view of the members for a moment. */
  @Test
  void an_address_that_another_node_has_announced_meanwhile_is_acquired_after_its_report()
      throws Exception {
    // Given: the other node answers the probe of this node
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    announcer.result =
        new AcquireResult.AcquireRejected(AcquireResult.RejectionReason.ADDRESS_IN_USE, "in use");
    reconcile();
    reconcile();

    // When
    cluster.configs.put(WEB, reportedBy(150, "n2"));
    announcer.result = new AcquireResult.Acquired();
    reconcile();

    // Then
    assertThat(announcer.probed).as("not probed any more").isEmpty();
    assertThat(reports)
        .extracting(report -> report.node().announcing().size())
        .as("one report of the conflict, and one of its end")
        .containsExactly(0, 1);
    assertThat(reports.getLast().node().notAnnounced()).isEmpty();
  }

  @Test
  void an_address_that_a_node_announces_for_another_service_is_not_probed() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    var shared = TestObjects.loadBalancer("default", "shared", "198.18.100.7");
    shared.setStatus(reports("n2"));
    ServiceKey other = new ServiceKey("default", "shared");
    cluster.configs.put(other, TestObjects.parse(shared, "n1"));

    // When
    reconcile(new WorkQueue.WorkItems(false, Set.of(WEB, other)));
    reconcile();

    // Then
    assertThat(announcer.probed).isEmpty();
  }

  @Test
  void a_conflict_over_an_announced_address_is_reported_and_the_address_is_kept() throws Exception {
    // Given
    serveWeb();
    calls.clear();
    announcer.result = new AcquireResult.AcquiredWithConflict("Also in use by 52:54:00:00:00:01.");

    // When
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(calls).doesNotContain("keep []");
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Conflict",
                ConditionStatus.TRUE,
                AddressReport.IN_USE,
                "198.18.100.7: Also in use by 52:54:00:00:00:01."));
    assertThat(conflicts("after")).isEqualTo(1);
    announcer.result = new AcquireResult.Acquired();
    reconcile();
    assertThat(reports.getLast().conditions()).noneMatch(v -> v.type().equals("Conflict"));
  }

  private double conflicts(String announcement) {
    return metrics
        .get("ballast.address.conflicts")
        .tag("announcement", announcement)
        .counter()
        .count();
  }
}
