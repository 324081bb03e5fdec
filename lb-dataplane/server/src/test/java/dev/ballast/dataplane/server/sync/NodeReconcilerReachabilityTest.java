package dev.ballast.dataplane.server.sync;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.dataplane.core.address.RendezvousHash;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.PeerNode.AddressChecks;
import dev.ballast.dataplane.server.cluster.WorkQueue.WorkItems;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Node n1 and one peer, which check each other's addresses. */
@Tag("feature:reachability")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerReachabilityTest extends NodeReconcilerFixture {

  private static final String TEXT = "198.18.100.7";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(TEXT);
  private static final WorkItems NOTHING = new WorkItems(false, Set.of());
  private static final AddressChecks REACHED = new AddressChecks(Set.of(ADDRESS), Map.of());

  @BeforeEach
  void both_nodes_are_in_the_subnet() {
    cluster.slices.put(WEB, slices());
    cluster.peerNodes.put("n1", node("n1", Map.of()));
  }

  @Test
  void the_result_of_the_peer_becomes_a_condition_though_nothing_else_is_due() throws Exception {
    // Given
    String peer = peer(true);
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    reconcile();
    assertThat(reachable()).isEqualTo("Unknown NotCheckedYet");

    // When
    cluster.peerNodes.put(peer, node(peer, Map.of("n1", REACHED)));
    reconcile(NOTHING);

    // Then: a second later at most, as a change of health.
    await()
        .atMost(ofSeconds(5))
        .untilAsserted(() -> assertThat(reachable()).isEqualTo("True PeerReaches"));
  }

  @Test
  void an_address_that_the_peer_does_not_reach_stays_acquired() throws Exception {
    // Given
    String peer = peer(true);
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    reconcile();
    calls.clear();

    // When
    cluster.peerNodes.put(
        peer,
        node(
            peer,
            Map.of(
                "n1",
                new AddressChecks(
                    Set.of(), Map.of(ADDRESS, new AddressReport(TEXT, "Prohibited", "No."))))));
    reconcile(NOTHING);

    // Then
    assertThat(reachable()).isEqualTo("False PeerGetsNoAnswer");
    assertThat(calls).doesNotContain("keep []");
    assertThat(metrics.get("ballast.addresses.unreachable").gauge().value()).isEqualTo(1);
  }

  @Test
  void this_node_checks_the_address_of_its_peer() throws Exception {
    // Given
    String peer = peer(false);
    cluster.configs.put(WEB, reportedBy(99, peer));

    // When
    reconcile();

    // Then
    assertThat(peerChecker.targets.get(ADDRESS).node()).isEqualTo(peer);
  }

  @Test
  void what_an_earlier_process_has_found_is_known() throws Exception {
    // Given
    String peer = peer(false);
    cluster.configs.put(WEB, reportedBy(99, peer));
    cluster.peerNodes.put("n1", node("n1", Map.of(peer, REACHED)));

    // When
    reconcile();

    // Then
    assertThat(peerChecker.known)
        .containsEntry(peerChecker.targets.get(ADDRESS), new CheckResult.Reached());
  }

  @Test
  void a_node_that_another_process_serves_checks_nothing() throws Exception {
    // Given
    String peer = peer(false);
    cluster.configs.put(WEB, reportedBy(99, peer));
    reconcile();

    // When
    deactivate();

    // Then
    assertThat(peerChecker.targets).isEmpty();
  }

  @Test
  void another_firewall_of_the_peer_is_a_reason_to_check_soon() throws Exception {
    // Given
    String peer = peer(false);
    cluster.configs.put(WEB, reportedBy(99, peer));
    reconcile();

    // When
    cluster.peerNodes.put(
        peer,
        new PeerNode(
            peer,
            subnets(),
            Map.of(),
            List.of(new NodeFinding(PeerNode.FIREWALL, "It drops.", "Run nft."))));
    reconcile(NOTHING);

    // Then
    assertThat(peerChecker.soon).containsExactly(peer);
  }

  /** A member that owns the address, or one that does not. */
  private String peer(boolean thisNodeOwns) {
    String peer =
        IntStream.range(2, 100)
            .mapToObj(number -> "n" + number)
            .filter(
                name ->
                    RendezvousHash.ownerOf(ADDRESS, List.of("n1", name)).orElseThrow().equals("n1")
                        == thisNodeOwns)
            .findFirst()
            .orElseThrow();
    cluster.members = new Members(new TreeSet<>(Set.of("n1", peer)), false);
    cluster.peerNodes.put(peer, node(peer, Map.of()));
    return peer;
  }

  private String reachable() {
    return reports.getLast().conditions().stream()
        .filter(condition -> condition.type().equals("Reachable"))
        .map(condition -> condition.status() + " " + condition.reason())
        .findFirst()
        .orElse("absent");
  }

  private static PeerNode node(String name, Map<String, AddressChecks> checks) {
    return new PeerNode(name, subnets(), checks, List.of());
  }

  private static List<Cidr> subnets() {
    return List.of(Cidr.parse("198.18.100.0/24").orElseThrow());
  }
}
