package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.cluster.TestObjects;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One LoadBalancer with an address of each family, which two nodes may have. */
@Tag("feature:status")
class LoadBalancerConditionsTest {

  private static final String V4 = "198.18.100.7";
  private static final String V6 = "2001:db8::7";
  private static final BackendReport REFUSED =
      new BackendReport("169.254.1.1", 80, null, null, "Refused", "1 endpoint is refused.");
  private static final FrontendReport LISTENS = new FrontendReport(80, "TCP", true, null, null);

  @Test
  void a_node_with_both_addresses_reports_itself() {
    assertThat(conditions(report("n1", List.of(V4, V6), "2/3")))
        .containsExactly(
            "Allocated=True AddressAssigned: 198.18.100.7, 2001:db8::7 are assigned.",
            "Programmed=True Listening: Node n1 listens on port 80.",
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7, 2001:db8::7.",
            "Reachable=True PeerReaches: Node n3 reaches 198.18.100.7. Node n3 reaches 2001:db8::7.",
            "Healthy=True BackendsHealthy: 2 of 3 backends are healthy.");
  }

  @Test
  void an_address_that_a_peer_does_not_reach_is_not_called_announced() {
    assertThat(
            conditions(
                (address, node) ->
                    address instanceof Inet4Address
                        ? unreachable()
                        : new Reachability.ReachedByPeer("n3"),
                report("n1", List.of(V4, V6), "2/3")))
        .contains(
            "Announced=False Unreachable: Node n3 gets no answer. Node n1: The chain drops. Run on"
                + " node n1: allow 198.18.100.7.",
            "Reachable=False PeerGetsNoAnswer: Node n3 gets no answer. Node n1: The chain drops. Run on"
                + " node n1: allow 198.18.100.7.");
  }

  @Test
  void an_address_without_a_peer_is_not_called_reachable() {
    assertThat(
            conditions(
                (address, node) ->
                    address instanceof Inet4Address
                        ? new Reachability.NoPeer(new TreeSet<>())
                        : new Reachability.ReachedByPeer("n3"),
                report("n1", List.of(V4, V6), "2/3")))
        .contains(
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7, 2001:db8::7.",
            "Reachable=Unknown NoPeer: No other node is in the network of 198.18.100.7, so none"
                + " checks it from outside.");
  }

  @Test
  void an_address_before_its_first_check_is_not_called_reachable() {
    assertThat(
            conditions(
                (address, node) -> new Reachability.NotCheckedYet("n3"),
                report("n1", List.of(V4, V6), "2/3")))
        .contains(
            "Reachable=Unknown NotCheckedYet: Node n3 has not checked 198.18.100.7 yet. Node n3 has"
                + " not checked 2001:db8::7 yet.");
  }

  /** Which machine answers a check is a matter of chance. */
  @Test
  void an_address_that_another_machine_uses_is_in_conflict_and_not_called_unreachable() {
    NodeReport report =
        new NodeReport(
            "n1",
            1L,
            List.of(V4),
            List.of(),
            List.of(new AddressReport(V4, "AddressInUse", "A printer has it.")),
            List.of(LISTENS),
            "3/3",
            List.of(),
            "tproxy",
            List.of(),
            List.of());

    assertThat(conditions((address, node) -> unreachable(), report))
        .contains("Conflict=True AddressInUse: 198.18.100.7: A printer has it.")
        .noneMatch(condition -> condition.startsWith("Reachable"))
        .noneMatch(condition -> condition.contains("Unreachable"));
  }

  private static Reachability unreachable() {
    return new Reachability.NotReachedByPeer(
        "n3",
        "n1",
        new AddressReport(V4, "NoConnectionAnswer", "Node n3 gets no answer."),
        List.of(
            new NodeFinding(
                "FirewallMayDrop", "The chain drops.", "Run on this node: allow ADDRESS.")));
  }

  @Test
  void the_conditions_name_both_nodes() {
    assertThat(conditions(report("n1", List.of(V4), "3/3"), report("n2", List.of(V6), "3/3")))
        .contains(
            "Programmed=True Listening: Nodes n1, n2 listen on port 80.",
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7. Node n2 announces"
                + " 2001:db8::7.",
            "Healthy=True BackendsHealthy: 3 of 3 backends are healthy.");
  }

  @Test
  void an_address_without_a_report_is_waited_for() {
    assertThat(conditions(report("n1", List.of(V4), "3/3")))
        .contains(
            "Announced=False WaitingForDataPlane: The node that owns 2001:db8::7 has not reported yet."
                + " See the log of its data plane.");
  }

  @Test
  void an_address_that_is_not_announced_has_the_message_of_its_node() {
    NodeReport refusing =
        new NodeReport(
            "n2",
            1L,
            List.of(),
            List.of(new AddressReport(V6, "IPv6Disabled", "Enable IPv6.")),
            List.of(LISTENS),
            "3/3",
            List.of());

    assertThat(conditions(report("n1", List.of(V4), "3/3"), refusing))
        .contains("Announced=False IPv6Disabled: 2001:db8::7 at node n2: Enable IPv6.");
  }

  /** The next node reports in a moment, and its message counts. */
  @Test
  void an_address_that_only_nodes_without_an_interface_report_is_waited_for() {
    NodeReport offLink =
        new NodeReport(
            "n1",
            1L,
            List.of(V4),
            List.of(new AddressReport(V6, "NotOnLink", "No interface.")),
            List.of(LISTENS),
            "3/3",
            List.of());
    NodeReport refusing =
        new NodeReport(
            "n2",
            1L,
            List.of(),
            List.of(
                new AddressReport(V6, "NotOnLink", "No interface."),
                new AddressReport(V6, "IPv6Disabled", "Enable IPv6.")),
            List.of(LISTENS),
            "3/3",
            List.of());

    assertThat(conditions(offLink))
        .anyMatch(c -> c.contains("False WaitingForDataPlane: The node that owns " + V6));
    assertThat(conditions(offLink, refusing))
        .contains("Announced=False IPv6Disabled: 2001:db8::7 at node n2: Enable IPv6.");
    assertThat(conditions(offLink, report("n2", List.of(V6), "3/3")))
        .contains(
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7. Node n2 announces"
                + " 2001:db8::7.");
  }

  @Test
  void a_port_that_one_node_cannot_serve_is_not_programmed() {
    NodeReport taken =
        new NodeReport(
            "n2",
            1L,
            List.of(V6),
            List.of(),
            List.of(new FrontendReport(80, "TCP", false, "PortInUse", "A process uses it.")),
            "3/3",
            List.of());

    assertThat(conditions(report("n1", List.of(V4), "3/3"), taken))
        .contains("Programmed=False PortInUse: Port 80: A process uses it.");
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

    assertThat(conditions(report("n1", List.of(V4), "2/3"), dark))
        .contains(
            "Healthy=False AllUnhealthy: Node n2: 0 of 3 backends are healthy. Every health check"
                + " fails. Check that the Pods listen on the target port.");
  }

  @Test
  void a_service_whose_endpoints_are_all_refused_says_so() {
    assertThat(conditions(report("n1", List.of(V4, V6), "0/0", REFUSED)))
        .contains(
            "Healthy=False EndpointsRefused: The Service has no backend. 1 endpoint is refused.");
  }

  @Test
  void an_endpoint_that_is_refused_beside_healthy_ones_is_named() {
    assertThat(conditions(report("n1", List.of(V4, V6), "2/2", REFUSED)))
        .contains(
            "Healthy=True BackendsHealthy: 2 of 2 backends are healthy. 1 endpoint is refused.");
  }

  /** Otherwise two nodes would overwrite each other while an address moves. */
  @Test
  void the_conditions_do_not_depend_on_the_node_that_writes_them() {
    List<BackendReport> backends =
        IntStream.range(0, 5)
            .mapToObj(i -> new BackendReport("10.0.0." + i, 80, null, null, "Unhealthy", "refused"))
            .toList();
    NodeReport one =
        new NodeReport("n1", 1L, List.of(V4), List.of(), List.of(LISTENS), "0/5", backends);
    NodeReport other = report("n2", List.of(V6), "1/2");

    assertThat(conditions(one, TestObjects.summarize(other)))
        .isEqualTo(conditions(other, TestObjects.summarize(one)));
    assertThat(TestObjects.summarize(one).backends()).hasSize(1);
  }

  private static NodeReport report(
      String node, List<String> announcing, String healthy, BackendReport... backends) {
    return new NodeReport(
        node, 1L, announcing, List.of(), List.of(LISTENS), healthy, List.of(backends));
  }

  private static List<String> conditions(NodeReport... reports) {
    return conditions((address, node) -> new Reachability.ReachedByPeer("n3"), reports);
  }

  private static List<String> conditions(
      BiFunction<InetAddress, String, Reachability> reachability, NodeReport... reports) {
    LoadBalancerConfig config =
        TestObjects.parse(TestObjects.loadBalancer("default", "web", V4, V6), "n1");
    return LoadBalancerConditions.of(config, List.of(reports), reachability).stream()
        .map(v -> "%s=%s %s: %s".formatted(v.type(), v.status(), v.reason(), v.message()))
        .toList();
  }
}
