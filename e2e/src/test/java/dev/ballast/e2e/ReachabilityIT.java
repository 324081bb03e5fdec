package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that check each other's addresses, and a node whose firewall drops by default. */
@Order(18)
@DisplayName("Reachability")
@Tag("feature:reachability")
@Scenarios
class ReachabilityIT {

  private static final String NAMESPACE = "ballast-e2e-reachability";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A look at the firewall every ten seconds, a report, and two checks that fail. */
  private static final Duration DETECTED = Duration.ofSeconds(60);

  /** What a kubelet and a control plane need. */
  private static final List<String> FIREWALL =
      List.of(
          "add table inet office",
          "add chain inet office input { type filter hook input priority 0; }",
          "add rule inet office input ct state established,related accept",
          "add rule inet office input iifname lo accept",
          "add rule inet office input meta l4proto { icmp, ipv6-icmp } accept",
          "add rule inet office input tcp dport { 22, 2379-2380, 6443, 7474-7476, 10250-10259 }"
              + " accept",
          "add rule inet office input drop");

  /** For ten minutes after other scenarios have deleted what Ballast added to a node. */
  private static final List<String> OF_OTHER_SCENARIOS = List.of("TablesChanged", "RoutesDeleted");

  private static final Pattern COMMAND = Pattern.compile("Run on node \\w+: (nft [^.]*)");

  private static String firewalled = "";

  @BeforeAll
  static void a_pool_and_two_pods() {
    assumeThat(Cluster.isLab()).as("nodes whose firewall a test may change").isTrue();
    TestPool.create("reachability", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterAll
  static void remove_them() {
    if (Cluster.isLab()) {
      if (!firewalled.isEmpty()) {
        Terminal.quietly(Cluster.onNode(firewalled, "nft delete table inet office").orElseThrow());
      }
      BackendPods.deleteNamespace(NAMESPACE);
      TestPool.delete("reachability");
    }
  }

  @Test
  @Order(1)
  @DisplayName("kubectl get loadbalancernodes lists every node, with nothing to complain about")
  void every_node_reports_on_itself() {
    // When
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Kubectl.names("loadbalancernodes"))
                    .containsExactlyInAnyOrderElementsOf(Cluster.nodes()));

    // Then
    Terminal.type("kubectl get loadbalancernodes -o wide");
    assertThat(Kubectl.list("loadbalancernodes"))
        .allSatisfy(
            node -> {
              assertThat(node.at("/status/version").asText()).matches("[0-9]+\\..*");
              assertThat(node.at("/status/steering").asText()).isEqualTo("tproxy");
              assertThat(node.at("/status/interfaces")).isNotEmpty();
              assertThat(reasons(node)).isSubsetOf(OF_OTHER_SCENARIOS);
            });
  }

  @Test
  @Order(2)
  @DisplayName("An address is called reachable when another node gets an answer from it")
  void another_node_checks_an_address() {
    // When
    Kubectl.apply(BackendPods.serviceWithPorts(NAMESPACE, "checked", 80));

    // Then
    ServiceView.awaitAddress(NAMESPACE, "checked");
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(verdict("checked", "Reachable")).isEqualTo("True PeerReaches"));
    assertThat(message("checked", "Reachable"))
        .doesNotContain("Node " + BallastDeployment.owner(NAMESPACE, "checked"))
        .contains("reaches " + address("checked"));
  }

  @Test
  @Order(3)
  @Tag("feature:faults")
  @DisplayName(
      "An address behind a firewall that drops is not called announced, and the status has the"
          + " command that helps")
  void a_firewall_that_drops_is_named() {
    // Given
    String address = address("checked");
    firewalled = BallastDeployment.owner(NAMESPACE, "checked");
    ExternalClient.awaitAnswer(address, 80);

    // When
    FIREWALL.forEach(line -> Cluster.typeOn(firewalled, "nft '%s'".formatted(line)));

    // Then
    await()
        .atMost(DETECTED)
        .untilAsserted(() -> assertThat(announced()).isEqualTo("False Unreachable"));
    assertThat(verdict("checked", "Announced")).isEqualTo("False Unreachable");
    assertThat(verdict("checked", "Reachable")).isEqualTo("False PeerGetsNoAnswer");
    assertThat(ServiceView.of(NAMESPACE, "checked").address()).contains(address);
    assertThat(reasonsOfFirewalled()).contains("FirewallMayDrop");

    // And the command that the Service names lets clients in again
    Matcher command =
        COMMAND.matcher(ServiceView.of(NAMESPACE, "checked").message("ballast.dev/Announced"));
    assertThat(command.find()).isTrue();
    Cluster.typeOn(firewalled, command.group(1).strip());
    ExternalClient.awaitAnswer(address, 80);
    await()
        .atMost(DETECTED)
        .untilAsserted(() -> assertThat(announced()).isEqualTo("True Announced"));
    await()
        .atMost(DETECTED)
        .untilAsserted(() -> assertThat(reasonsOfFirewalled()).isSubsetOf(OF_OTHER_SCENARIOS));
  }

  private static String announced() {
    return ServiceView.of(NAMESPACE, "checked").verdict("ballast.dev/Announced");
  }

  private static List<String> reasonsOfFirewalled() {
    return reasons(Kubectl.get("loadbalancernode " + firewalled));
  }

  private static List<String> reasons(JsonNode loadBalancerNode) {
    return Kubectl.elements(loadBalancerNode.at("/status/findings")).stream()
        .map(finding -> finding.path("reason").asText())
        .toList();
  }

  private static String address(String service) {
    return ServiceView.of(NAMESPACE, service).address().orElseThrow();
  }

  private static JsonNode condition(String service, String type) {
    return Kubectl.elements(
            Kubectl.get("loadbalancers.ballast.dev %s -n %s".formatted(service, NAMESPACE))
                .at("/status/conditions"))
        .stream()
        .filter(it -> it.path("type").asText().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no condition " + type));
  }

  private static String verdict(String service, String type) {
    JsonNode found = condition(service, type);
    return found.path("status").asText() + " " + found.path("reason").asText();
  }

  private static String message(String service, String type) {
    return condition(service, type).path("message").asText();
  }
}
