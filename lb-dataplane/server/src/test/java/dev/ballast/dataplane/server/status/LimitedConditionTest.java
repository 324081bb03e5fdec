package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.status.StatusReport.ReportedCondition;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a LoadBalancer says while its nodes reject connections. */
@Tag("feature:limits")
class LimitedConditionTest {

  @Test
  void a_load_balancer_without_rejections_does_not_have_the_condition() {
    // When
    Optional<ReportedCondition> condition = LimitedCondition.of(List.of(report("n1")));

    // Then
    assertThat(condition).isEmpty();
  }

  @Test
  void the_message_names_the_node_and_says_why_and_what_to_do() {
    // When
    Optional<ReportedCondition> condition =
        LimitedCondition.of(List.of(report("n1", "ServiceLimit"), report("n2")));

    // Then
    assertThat(condition)
        .contains(
            new ReportedCondition(
                "Limited",
                ConditionStatus.TRUE,
                "ServiceLimit",
                "Node n1 rejects new connections. The Service has as many connections as"
                    + " ballast.dev/max-connections allows. Raise the limit on the Service or its"
                    + " Namespace, or with the Helm value defaults.maxConnections."));
  }

  @Test
  void two_nodes_with_one_reason_share_a_message() {
    // When
    ReportedCondition condition =
        LimitedCondition.of(List.of(report("n2", "BackendLimit"), report("n1", "BackendLimit")))
            .orElseThrow();

    // Then
    assertThat(condition.reason()).isEqualTo("BackendLimit");
    assertThat(condition.message())
        .startsWith("Nodes n1, n2 reject new connections. Every backend has");
  }

  @Test
  void several_reasons_are_explained_one_after_the_other() {
    // When
    ReportedCondition condition =
        LimitedCondition.of(
                List.of(report("n2", "ServiceShare"), report("n1", "ClientShare", "ServiceShare")))
            .orElseThrow();

    // Then
    assertThat(condition.reason()).isEqualTo("SeveralLimits");
    assertThat(condition.message())
        .contains("Node n1 rejects new connections. A client has its fair share")
        .contains("Nodes n1, n2 reject new connections. The node runs out");
  }

  @Test
  void a_reason_of_a_newer_node_is_passed_on() {
    // When
    ReportedCondition condition =
        LimitedCondition.of(List.of(report("n2", "MoonPhase"))).orElseThrow();

    // Then
    assertThat(condition.reason()).isEqualTo("MoonPhase");
    assertThat(condition.message())
        .startsWith("Node n2 rejects new connections. The reason is MoonPhase.");
  }

  @Test
  void a_node_reports_what_its_relay_rejects() {
    // Given
    LoadBalancerConfig config =
        TestObjects.parse(TestObjects.loadBalancer("default", "web", "198.18.100.7"), "n1");
    VirtualServerStatus status =
        new VirtualServerStatus(
            1,
            List.of(),
            List.of(),
            EnumSet.of(AdmissionResult.PORTS, AdmissionResult.SERVICE_RATE));

    // When
    StatusReport report =
        StatusReport.of(
            "n1",
            config,
            List.of(),
            status,
            List.of(),
            Map.of(),
            address -> Optional.empty(),
            List.of(),
            SteeringMode.TPROXY,
            (address, node) -> new Reachability.NoPeer(new TreeSet<>()));

    // Then
    assertThat(report.node().rejecting()).containsExactly("ServiceRate", "LocalPortsExhausted");
  }

  /** Otherwise two nodes would overwrite each other while an address moves. */
  @Test
  void the_condition_does_not_depend_on_the_node_that_writes_it() {
    // Given
    NodeReport one = report("n1", "ServiceLimit");
    NodeReport other = report("n2", "ClientLimit");

    // When
    Optional<ReportedCondition> byOne =
        LimitedCondition.of(List.of(one, TestObjects.summarize(other)));

    // Then
    assertThat(byOne).isEqualTo(LimitedCondition.of(List.of(other, TestObjects.summarize(one))));
    assertThat(byOne).isPresent();
  }

  private static NodeReport report(String node, String... rejecting) {
    return new NodeReport(
        node,
        1L,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        "1/1",
        List.of(),
        null,
        List.of(rejecting),
        List.of());
  }
}
