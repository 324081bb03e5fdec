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
  void a_node_with_both_addresses_reports_itself() {
    assertThat(said(report("n1", List.of(V4, V6), "2/3")))
        .containsExactly(
            "Allocated=true AddressAssigned: 198.18.100.7, 2001:db8::7 assigned",
            "Programmed=true Listening: node n1 listens on port 80",
            "Announced=true AddressAnnounced: node n1 announces 198.18.100.7, 2001:db8::7",
            "Healthy=true BackendsHealthy: 2 of 3 backends are healthy");
  }

  @Test
  void the_conditions_name_both_nodes() {
    assertThat(said(report("n1", List.of(V4), "3/3"), report("n2", List.of(V6), "3/3")))
        .contains(
            "Programmed=true Listening: nodes n1, n2 listen on port 80",
            "Announced=true AddressAnnounced: node n1 announces 198.18.100.7, node n2 announces"
                + " 2001:db8::7",
            "Healthy=true BackendsHealthy: 3 of 3 backends are healthy");
  }

  @Test
  void an_address_without_a_report_is_waited_for() {
    assertThat(said(report("n1", List.of(V4), "3/3")))
        .contains(
            "Announced=false WaitingForDataPlane: 2001:db8::7: the node that owns it has not reported"
                + " yet; see its data plane's log");
  }

  @Test
  void an_address_that_is_not_announced_has_the_message_of_its_node() {
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
        .contains("Programmed=false PortInUse: port 80: a process has it");
  }

  @Test
  void a_family_without_a_backend_is_reported() {
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
            "Healthy=false AllUnhealthy: at node n2 0 of 3 backends are healthy: the check of each"
                + " fails");
  }

  /** Or two nodes that speak for a moment would write against each other. */
  @Test
  void the_conditions_do_not_depend_on_the_node_that_writes_them() {
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
