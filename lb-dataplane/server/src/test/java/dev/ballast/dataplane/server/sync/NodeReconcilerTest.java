package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.ConditionStatus;
import dev.ballast.dataplane.server.status.StatusReport;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The order of changes, and the reports. */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerTest extends NodeReconcilerFixture {

  @Test
  void a_new_service_gets_listeners_then_its_address_then_a_report() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());

    // When
    reconcile();

    // Then
    assertThat(calls)
        .containsExactly(
            "keep [198.18.100.7]", "apply [default/web]", "acquire 198.18.100.7", "report");
  }

  @Test
  void a_deleted_service_loses_its_address_then_its_listeners_then_its_report() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    reconcile();
    calls.clear();
    cluster.configs.put(WEB, TestObjects.parse(released(), "n1"));

    // When
    reconcile();

    // Then
    assertThat(calls).containsExactly("keep []", "apply []", "remove report of n1");
  }

  @Test
  void a_service_waits_until_its_slices_are_known() throws Exception {
    // Given
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(cluster.served).containsExactly(WEB);
    assertThat(calls).containsExactly("keep []");
  }

  @Test
  void nothing_is_repeated_when_nothing_changes() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    reconcile();
    calls.clear();

    // When
    reconcile();

    // Then
    switch (scope) {
      case ALL_SERVICES ->
          assertThat(calls).containsExactly("keep [198.18.100.7]", "acquire 198.18.100.7");
      case ONE_SERVICE -> assertThat(calls).containsExactly("acquire 198.18.100.7");
    }
  }

  @Test
  void an_address_that_cannot_be_acquired_is_reported_and_retried() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    announcer.result =
        new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.PERMISSION_DENIED, "needs NET_ADMIN");

    // When
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(reports.getLast().node().announcing()).isEmpty();
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Announced",
                ConditionStatus.FALSE,
                "PermissionDenied",
                "198.18.100.7 at node n1: needs NET_ADMIN"));
  }

  @Test
  void a_port_in_use_is_reported_with_its_reason() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    relay.portInUse = 80;

    // When
    reconcile();

    // Then
    assertThat(reports.getLast().node().frontends().getFirst().reason()).isEqualTo("PortInUse");
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Programmed",
                ConditionStatus.FALSE,
                "PortInUse",
                "Port 80: another process listens on it"));
  }

  @Test
  void a_leaving_node_changes_nothing() throws Exception {
    // Given
    cluster.configs.put(WEB, config());
    cluster.slices.put(WEB, slices());
    reconcile();
    calls.clear();
    cluster.members = new Members(new TreeSet<>(), true);

    // When
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.LEAVING);
    assertThat(calls).isEmpty();
  }

  private static LoadBalancer released() {
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    object.getMetadata().setResourceVersion("200");
    object.setStatus(reports("n1"));
    return object;
  }
}
