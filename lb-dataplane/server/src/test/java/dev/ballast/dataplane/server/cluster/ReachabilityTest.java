package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.api.v1alpha1.LoadBalancerNodeStatus;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeInterface;
import dev.ballast.api.v1alpha1.PeerChecks;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Node n1 announces an address, which node n2 checks. */
@Tag("feature:reachability")
class ReachabilityTest {

  private static final String TEXT = "198.18.100.7";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(TEXT);
  private static final String LAN = "198.18.100.0/24";
  private static final AddressReport FAILED = new AddressReport(TEXT, "Prohibited", "An error.");

  @Test
  void the_result_of_the_checking_node_counts() {
    // When
    Reachability reachability =
        of(node("n1", LAN), node("n2", LAN, new PeerChecks("n1", List.of(TEXT), List.of())));

    // Then
    assertThat(reachability).isEqualTo(new Reachability.ReachedByPeer("n2"));
  }

  @Test
  void a_failure_comes_with_the_firewall_of_the_announcing_node() {
    // Given
    var finding = new NodeFinding(PeerNode.FIREWALL, "It drops.", "Run nft.");
    LoadBalancerNode announcing = node("n1", LAN);
    announcing.setStatus(
        new LoadBalancerNodeStatus(
            "1.2.3",
            "tproxy",
            1,
            List.of(TEXT),
            List.of(new NodeInterface("eth0", List.of(LAN))),
            List.of(),
            List.of(new NodeFinding("NoTproxy", "None.", "Load it."), finding),
            List.of()));

    // When
    Reachability reachability =
        of(announcing, node("n2", LAN, new PeerChecks("n1", List.of(), List.of(FAILED))));

    // Then
    assertThat(reachability)
        .isEqualTo(new Reachability.NotReachedByPeer("n2", "n1", FAILED, List.of(finding)));
  }

  @Test
  void a_result_from_before_the_address_moved_does_not_count() {
    // When
    Reachability reachability =
        of(node("n1", LAN), node("n2", LAN, new PeerChecks("n3", List.of(TEXT), List.of())));

    // Then
    assertThat(reachability).isEqualTo(new Reachability.NotCheckedYet("n2"));
  }

  @Test
  void a_node_that_is_no_longer_a_member_does_not_count() {
    // When
    Reachability reachability =
        of(node("n1", LAN), node("n3", LAN, new PeerChecks("n1", List.of(TEXT), List.of())));

    // Then
    assertThat(reachability).isEqualTo(new Reachability.NoPeer(new TreeSet<>(Set.of("n2"))));
  }

  @Test
  void a_node_in_another_network_does_not_count() {
    // When
    Reachability reachability = of(node("n1", LAN), node("n2", "203.0.113.0/24"));

    // Then
    assertThat(reachability).isEqualTo(new Reachability.NoPeer(new TreeSet<>()));
  }

  @Test
  void entries_that_cannot_be_parsed_are_left_out() {
    // When
    Reachability reachability =
        of(
            node("n1", LAN),
            node(
                "n2",
                LAN,
                new PeerChecks(
                    "n1",
                    List.of("an address of a newer version", TEXT),
                    List.of(new AddressReport("?", "New", "?")))));

    // Then
    assertThat(reachability).isEqualTo(new Reachability.ReachedByPeer("n2"));
  }

  private static Reachability of(LoadBalancerNode... objects) {
    Map<String, PeerNode> nodes =
        Arrays.stream(objects)
            .map(PeerNode::parse)
            .collect(Collectors.toMap(PeerNode::name, Function.identity()));
    return Reachability.of(ADDRESS, "n1", Set.of("n1", "n2"), nodes);
  }

  private static LoadBalancerNode node(String name, String subnet, PeerChecks... checks) {
    var object = new LoadBalancerNode();
    object.setMetadata(new ObjectMetaBuilder().withName(name).build());
    object.setStatus(
        new LoadBalancerNodeStatus(
            "1.2.3",
            "tproxy",
            0,
            List.of(),
            List.of(new NodeInterface("eth0", List.of(subnet, "no subnet"))),
            List.of(),
            List.of(),
            List.of(checks)));
    return object;
  }
}
