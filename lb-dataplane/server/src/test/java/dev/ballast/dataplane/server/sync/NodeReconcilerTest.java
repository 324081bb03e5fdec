package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfigParser;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The order of things, and what is said of them. */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerTest extends NodeReconcilerFixture {

  @Test
  void a_new_service_is_listened_on_then_its_address_is_taken_then_it_is_reported()
      throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());

    // When
    pass();

    // Then
    assertThat(journal)
        .containsExactly(
            "keep [198.18.100.7]", "apply [default/web]", "take 198.18.100.7", "report");
  }

  @Test
  void a_released_service_loses_its_address_then_its_listeners_then_its_report() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();
    cluster.configs.put(WEB, LoadBalancerConfigParser.read(released(), "n1"));

    // When
    pass();

    // Then
    assertThat(journal).containsExactly("keep []", "apply []", "remove report of n1");
  }

  @Test
  void a_service_waits_until_its_slices_are_known() throws Exception {
    // Given
    cluster.configs.put(WEB, program());

    // When
    pass();

    // Then
    assertThat(cluster.served).containsExactly(WEB);
    assertThat(journal).containsExactly("keep []");
  }

  @Test
  void nothing_is_done_twice_when_nothing_changes() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();

    // When
    pass();

    // Then
    switch (look) {
      case EVERYTHING ->
          assertThat(journal).containsExactly("keep [198.18.100.7]", "take 198.18.100.7");
      case THE_SERVICE -> assertThat(journal).containsExactly("take 198.18.100.7");
    }
  }

  @Test
  void an_address_that_cannot_be_taken_is_said_and_tried_again() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    announcer.result =
        new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.PERMISSION_DENIED, "needs NET_ADMIN");

    // When
    NodeReconciler.ReconcileResult result = pass();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(reports.getLast().node().announcing()).isEmpty();
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Announced", false, "PermissionDenied", "198.18.100.7: needs NET_ADMIN"));
  }

  @Test
  void a_port_that_is_taken_is_said_with_its_reason() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    serving.portTaken = 80;

    // When
    pass();

    // Then
    assertThat(reports.getLast().node().frontends().getFirst().reason()).isEqualTo("PortInUse");
    assertThat(reports.getLast().conditions())
        .contains(
            new StatusReport.ReportedCondition(
                "Programmed", false, "PortInUse", "Port 80: another process listens on it"));
  }

  @Test
  void a_node_that_leaves_changes_nothing() throws Exception {
    // Given
    cluster.configs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();
    cluster.members = new Members(new TreeSet<>(), true);

    // When
    NodeReconciler.ReconcileResult result = pass();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.LEAVING);
    assertThat(journal).isEmpty();
  }

  private static LoadBalancer released() {
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    object.getMetadata().setResourceVersion("200");
    object.setStatus(reports("n1"));
    return object;
  }
}
