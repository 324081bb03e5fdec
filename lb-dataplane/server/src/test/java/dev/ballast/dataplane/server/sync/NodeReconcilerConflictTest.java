package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport;
import java.net.InetAddress;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses that somebody else on the LAN may have. */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerConflictTest extends NodeReconcilerFixture {

  @Test
  void an_address_that_no_node_has_had_is_asked_for_and_said_nothing_of_meanwhile()
      throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    announcer.result = new AcquireResult.Probing();

    // When
    NodeReconciler.ReconcileResult result = pass();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(journal).doesNotContain("report");
    announcer.result = new AcquireResult.Acquired();
    pass();
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    pass();
    assertThat(announcer.probed).as("asked for once").isEmpty();
  }

  @Test
  void an_address_is_asked_for_before_the_backends_are_known() throws Exception {
    // Given
    cluster.configs.put(WEB, program());

    // When
    pass();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
  }

  @Test
  void an_address_is_asked_for_before_its_load_balancer_is_there() throws Exception {
    // Given
    cluster.foretold.add(InetAddress.ofLiteral("198.18.100.7"));

    // When
    pass();

    // Then
    assertThat(announcer.probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
    assertThat(journal).doesNotContain("take 198.18.100.7", "report");
    serveWeb();
    pass();
    assertThat(announcer.probed).as("no more once it is taken").isEmpty();
  }

  @Test
  void an_address_that_another_node_is_going_to_have_is_not_asked_for() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), false);
    cluster.foretold.add(InetAddress.ofLiteral("198.18.100.7"));

    // When
    pass();

    // Then
    assertThat(announcer.probed).isEmpty();
  }

  @Test
  void an_address_that_another_node_has_or_had_is_taken_over_without_asking() throws Exception {
    // Given
    cluster.configs.put(WEB, reported(99, "n2"));
    cluster.slices.put(WEB, slices());

    // When
    pass();

    // Then
    assertThat(announcer.probed).isEmpty();
    assertThat(journal).contains("take 198.18.100.7");
  }

  @Test
  void an_address_that_a_stranger_has_is_refused_counted_and_tried_again() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    announcer.result =
        new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.ADDRESS_IN_USE, "it answers already");

    // When
    NodeReconciler.ReconcileResult result = pass();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(reports.getLast().node().notAnnounced())
        .containsExactly(
            new AddressReport("198.18.100.7", AddressReport.IN_USE, "it answers already"));
    assertThat(conflicts("before")).isEqualTo(1);
    pass();
    assertThat(conflicts("before")).as("counted once").isEqualTo(1);
    assertThat(announcer.probed).as("and asked for again").isNotEmpty();
  }

  @Test
  void a_conflict_over_an_announced_address_is_said_and_the_address_kept() throws Exception {
    // Given
    serveWeb();
    journal.clear();
    announcer.result =
        new AcquireResult.AcquiredWithConflict("52:54:00:00:00:01 answers for it too");

    // When
    NodeReconciler.ReconcileResult result = pass();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(journal).doesNotContain("keep []");
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Conflict",
                true,
                AddressReport.IN_USE,
                "198.18.100.7: 52:54:00:00:00:01 answers for it too"));
    assertThat(conflicts("after")).isEqualTo(1);
    announcer.result = new AcquireResult.Acquired();
    pass();
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
