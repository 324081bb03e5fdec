package dev.ballast.dataplane.server.sync.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.PeerNode.AddressChecks;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Node n2 checks the addresses of node n1. */
@Tag("feature:reachability")
class PeerNodeChangesTest {

  private static final InetAddress ONE = InetAddress.ofLiteral("198.18.100.1");
  private static final InetAddress TWO = InetAddress.ofLiteral("198.18.100.2");
  private static final AddressChecks BOTH_REACHED = new AddressChecks(Set.of(ONE, TWO), Map.of());

  @Test
  void equal_nodes_have_no_change() {
    // When
    var changes = changes(node("n2", BOTH_REACHED), node("n2", BOTH_REACHED));

    // Then
    assertThat(changes.checkedAddresses()).isEmpty();
    assertThat(changes.subnetsDiffer()).isFalse();
    assertThat(changes.nodesWithOtherFirewall()).isEmpty();
  }

  @Test
  void an_address_with_another_result_has_changed() {
    // When
    var changes = changes(node("n2", BOTH_REACHED), node("n2", unreached("No answer.")));

    // Then
    assertThat(changes.checkedAddresses()).containsExactly(TWO);
  }

  @Test
  void an_address_with_another_message_has_changed() {
    // When
    var changes = changes(node("n2", unreached("No answer.")), node("n2", unreached("A reset.")));

    // Then
    assertThat(changes.checkedAddresses()).containsExactly(TWO);
  }

  @Test
  void the_results_of_a_node_that_is_gone_have_changed() {
    // When
    var changes = new PeerNodeChanges(Map.of("n2", node("n2", BOTH_REACHED)), Map.of());

    // Then
    assertThat(changes.checkedAddresses()).containsExactlyInAnyOrder(ONE, TWO);
  }

  /** Since the message of the condition names the firewall. */
  @Test
  void another_firewall_changes_the_addresses_that_are_not_reached() {
    // Given
    var found = new NodeFinding(PeerNode.FIREWALL, "It drops.", "Run nft.");
    PeerNode checking = node("n2", unreached("No answer."));
    var announcing = new PeerNode("n1", subnets(), Map.of(), List.of());

    // When
    var changes =
        new PeerNodeChanges(
            Map.of("n1", announcing, "n2", checking),
            Map.of("n1", new PeerNode("n1", subnets(), Map.of(), List.of(found)), "n2", checking));

    // Then
    assertThat(changes.checkedAddresses()).containsExactly(TWO);
    assertThat(changes.nodesWithOtherFirewall()).containsExactly("n1");
  }

  @Test
  void a_node_with_another_subnet_matters_to_every_service() {
    // Given
    var moved =
        new PeerNode(
            "n2", List.of(Cidr.parse("203.0.113.0/24").orElseThrow()), Map.of(), List.of());

    // When
    var changes = changes(new PeerNode("n2", subnets(), Map.of(), List.of()), moved);

    // Then
    assertThat(changes.subnetsDiffer()).isTrue();
  }

  @Test
  void a_new_node_without_a_status_matters_to_no_service() {
    // When
    var changes =
        new PeerNodeChanges(
            Map.of(), Map.of("n2", new PeerNode("n2", List.of(), Map.of(), List.of())));

    // Then
    assertThat(changes.subnetsDiffer()).isFalse();
  }

  private static AddressChecks unreached(String message) {
    return new AddressChecks(
        Set.of(ONE), Map.of(TWO, new AddressReport("198.18.100.2", "NoConnectionAnswer", message)));
  }

  private static PeerNodeChanges changes(PeerNode before, PeerNode now) {
    return new PeerNodeChanges(Map.of(before.name(), before), Map.of(now.name(), now));
  }

  private static PeerNode node(String name, AddressChecks ofFirst) {
    return new PeerNode(name, subnets(), Map.of("n1", ofFirst), List.of());
  }

  private static List<Cidr> subnets() {
    return List.of(Cidr.parse("198.18.100.0/24").orElseThrow());
  }
}
