package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfigParser;
import dev.ballast.dataplane.server.cluster.TestObjects;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One LoadBalancer with an address of each family, which two nodes may have. */
@Tag("feature:status")
class LoadBalancerConditionsTest {

  private static final String V4 = "198.18.100.7";
  private static final String V6 = "2001:db8::7";
  private static final FrontendReport LISTENS = new FrontendReport(80, "TCP", true, null, null);

  @Test
  void one_node_that_has_both_addresses_speaks_of_itself() {
    assertThat(said(report("n1", List.of(V4, V6), "2/3")))
        .containsExactly(
            "Allocated=true AddressAssigned: 198.18.100.7, 2001:db8::7 are assigned.",
            "Programmed=true Listening: Node n1 listens on port 80.",
            "Announced=true AddressAnnounced: Node n1 announces 198.18.100.7, 2001:db8::7.",
            "Healthy=true BackendsHealthy: 2 of 3 backends are healthy.");
  }

  @Test
  void of_two_nodes_each_is_told_of() {
    assertThat(said(report("n1", List.of(V4), "3/3"), report("n2", List.of(V6), "3/3")))
        .contains(
            "Programmed=true Listening: Nodes n1, n2 listen on port 80.",
            "Announced=true AddressAnnounced: Node n1 announces 198.18.100.7. Node n2 announces"
                + " 2001:db8::7.",
            "Healthy=true BackendsHealthy: 3 of 3 backends are healthy.");
  }

  @Test
  void an_address_of_which_no_node_speaks_is_waited_for() {
    assertThat(said(report("n1", List.of(V4), "3/3")))
        .contains(
            "Announced=false WaitingForDataPlane: 2001:db8::7: The node that owns it has not reported"
                + " yet. See the log of its data plane.");
  }

  @Test
  void an_address_that_its_node_cannot_announce_is_told_in_the_words_of_that_node() {
    NodeReport refusing =
        new NodeReport(
            "n2",
            1L,
            List.of(),
            List.of(new AddressReport(V6, "IPv6Disabled", "turn it on")),
            List.of(LISTENS),
            "3/3",
            List.of());

    assertThat(said(report("n1", List.of(V4), "3/3"), refusing))
        .contains("Announced=false IPv6Disabled: 2001:db8::7: turn it on");
  }

  @Test
  void a_port_that_one_node_cannot_serve_is_not_programmed() {
    NodeReport taken =
        new NodeReport(
            "n2",
            1L,
            List.of(V6),
            List.of(),
            List.of(new FrontendReport(80, "TCP", false, "PortInUse", "a process has it")),
            "3/3",
            List.of());

    assertThat(said(report("n1", List.of(V4), "3/3"), taken))
        .contains("Programmed=false PortInUse: Port 80: a process has it");
  }

  @Test
  void the_clients_of_one_family_without_a_backend_are_told_of() {
    NodeReport dark =
        new NodeReport(
            "n2",
            1L,
            List.of(V6),
            List.of(),
            List.of(LISTENS),
            "0/3",
            List.of(new BackendReport("2001:db8:1::1", 80, null, null, "Unhealthy", "refused")));

    assertThat(said(report("n1", List.of(V4), "2/3"), dark))
        .contains(
            "Healthy=false AllUnhealthy: Node n2: 0 of 3 backends are healthy. Every health check"
                + " fails. Check that the Pods listen on the target port.");
  }

  /** Or two nodes that speak for a moment would write against each other. */
  @Test
  void it_does_not_matter_who_speaks_and_what_of_the_others_backends_is_left_out() {
    List<BackendReport> backends =
        IntStream.range(0, 5)
            .mapToObj(i -> new BackendReport("10.0.0." + i, 80, null, null, "Unhealthy", "refused"))
            .toList();
    NodeReport one =
        new NodeReport("n1", 1L, List.of(V4), List.of(), List.of(LISTENS), "0/5", backends);
    NodeReport other = report("n2", List.of(V6), "1/2");

    assertThat(said(one, LoadBalancerConfigParser.essence(other)))
        .isEqualTo(said(other, LoadBalancerConfigParser.essence(one)));
    assertThat(LoadBalancerConfigParser.essence(one).backends()).hasSize(1);
  }

  private static NodeReport report(String node, List<String> announcing, String healthy) {
    return new NodeReport(node, 1L, announcing, List.of(), List.of(LISTENS), healthy, List.of());
  }

  private static List<String> said(NodeReport... reports) {
    LoadBalancerConfig config =
        LoadBalancerConfigParser.read(TestObjects.loadBalancer("default", "web", V4, V6), "n1");
    return LoadBalancerConditions.of(config, List.of(reports)).stream()
        .map(v -> "%s=%s %s: %s".formatted(v.type(), v.status(), v.reason(), v.message()))
        .toList();
  }
}
