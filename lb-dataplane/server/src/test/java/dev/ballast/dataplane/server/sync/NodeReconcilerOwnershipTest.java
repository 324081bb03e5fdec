package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.address.RendezvousHash;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Claims with epochs. The address hashes to n1 rather than to {@link #OTHER}. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerOwnershipTest extends NodeReconcilerFixture {

  private static final String TEXT = "198.18.100.7";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(TEXT);
  private static final String OTHER =
      IntStream.range(2, 100)
          .mapToObj(i -> "n" + i)
          .filter(n -> RendezvousHash.ownerOf(ADDRESS, Set.of("n1", n)).equals(Optional.of("n1")))
          .findFirst()
          .orElseThrow();

  @BeforeEach
  void startWithEndpoints() {
    cluster.slices.put(WEB, slices());
  }

  @Test
  void a_new_address_gets_the_first_epoch() throws Exception {
    // Given
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(claims())
        .containsExactly(new OwnershipClaim(TEXT, 1, "2026-01-01T00:00:00Z", null, null));
  }

  @Test
  void a_node_that_returns_takes_no_address_back() throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, reported(99, claim(OTHER, 2)));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7", "report");
  }

  @Test
  void the_successor_of_a_lost_node_has_the_next_epoch_and_says_why() throws Exception {
    // Given
    setMembers("n1");
    cluster.configs.put(WEB, reported(99, claim(OTHER, 4)));

    // When
    reconcile();

    // Then
    assertThat(claims())
        .containsExactly(new OwnershipClaim(TEXT, 5, "2026-01-01T00:00:00Z", OTHER, "NodeLost"));
  }

  @Test
  void the_successor_of_an_excluded_node_says_so() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n1")), new TreeSet<>(Set.of(OTHER)), false);
    cluster.configs.put(WEB, reported(99, claim(OTHER, 4)));

    // When
    reconcile();

    // Then
    assertThat(claims()).singleElement().matches(claim -> claim.epoch() == 5);
    assertThat(claims()).extracting(OwnershipClaim::reason).containsExactly("NodeExcluded");
  }

  @Test
  void the_successor_of_a_node_that_is_shut_down_says_so() throws Exception {
    // Given
    setMembers("n1");
    cluster.leavingNodes.add(OTHER);
    cluster.configs.put(WEB, reported(99, claim(OTHER, 4)));

    // When
    reconcile();

    // Then
    assertThat(claims()).extracting(OwnershipClaim::reason).containsExactly("NodeLeaving");
  }

  @Test
  void the_successor_of_a_node_that_is_off_link_says_so() throws Exception {
    // Given
    setMembers("n1", OTHER);
    NodeReport offLink =
        new NodeReport(
                OTHER,
                1L,
                List.of(TEXT),
                List.of(new AddressReport(TEXT, AddressReport.NOT_ON_LINK, "No interface.")),
                List.of(),
                "1/1",
                List.of())
            .withClaims(claim(OTHER, 4).claims());
    cluster.configs.put(WEB, reported(99, offLink));

    // When
    reconcile();

    // Then
    assertThat(claims()).extracting(OwnershipClaim::reason).containsExactly("NotOnLink");
  }

  @Test
  void a_process_that_succeeds_another_one_of_its_node_keeps_the_claim() throws Exception {
    // Given
    setMembers("n1", OTHER);
    OwnershipClaim before =
        new OwnershipClaim(TEXT, 7, "2025-12-24T00:00:00Z", "n9", "NodeExcluded");
    cluster.configs.put(WEB, reported(99, claim("n1", 0).withClaims(List.of(before))));
    prepare();

    // When
    activate();
    reconcile();

    // Then
    assertThat(claims()).containsExactly(before);
  }

  @Test
  void a_process_that_succeeds_another_one_has_sent_its_claims_before_it_connects()
      throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, reported(99, claim("n1", 7)));
    prepare();

    // When
    activate();

    // Then
    assertThat(toldClaims).isEqualTo(Map.of(ADDRESS, 7L));
  }

  @Test
  void a_restarted_node_keeps_its_address_while_it_does_not_know_the_endpoints() throws Exception {
    // Given
    setMembers("n1", before());
    cluster.configs.put(WEB, reported(99, claim("n1", 3)));
    cluster.slices.clear();
    reconcile();

    // When
    cluster.slices.put(WEB, slices());
    reconcile();

    // Then
    assertThat(claims()).singleElement().matches(claim -> claim.epoch() == 3);
  }

  @Test
  void of_two_owners_after_a_partition_the_one_with_the_lower_epoch_releases() throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, reported(99, claim("n1", 1)));
    reconcile();
    calls.clear();

    // When
    cluster.configs.put(WEB, reported(150, claim("n1", 1), claim(OTHER, 2)));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "remove report of n1");
  }

  @Test
  void of_two_owners_after_a_partition_the_one_with_the_higher_epoch_stays() throws Exception {
    // Given
    setMembers("n1", before());
    cluster.configs.put(WEB, reported(99, claim("n1", 2)));
    reconcile();
    calls.clear();

    // When
    cluster.configs.put(WEB, reported(150, claim("n1", 2), claim(before(), 1)));
    reconcile();

    // Then
    assertThat(calls).doesNotContain("keep []", "apply []");
  }

  @Test
  void an_address_that_cannot_be_announced_is_not_claimed() throws Exception {
    // Given
    announcer.result =
        new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.PERMISSION_DENIED, "needs NET_ADMIN");
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(claims()).isEmpty();
  }

  @Test
  void a_service_that_shares_an_address_is_served_by_the_owner_of_the_address() throws Exception {
    // Given
    setMembers("n1", OTHER);
    ServiceKey second = new ServiceKey("default", "second");
    cluster.configs.put(WEB, config());
    cluster.configs.put(second, reported(99, "second", claim(OTHER, 2)));
    cluster.grants.put(
        ADDRESS,
        Optional.of(
            new AddressGrant(
                List.of(
                    new AddressGrant.Grantee(WEB, "u1"), new AddressGrant.Grantee(second, "u2")))));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7");
  }

  @Test
  void what_a_node_tells_directly_counts_instead_of_its_report() throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, reported(99, claim(OTHER, 2)));
    peerClaims.put(OTHER, Map.of());

    // When
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
  }

  @Test
  void a_node_claims_an_address_directly_before_it_reports() throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, config());
    peerClaims.put(OTHER, Map.of(ADDRESS, 1L));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7");
  }

  @Test
  void other_nodes_learn_what_this_one_claims_and_releases() throws Exception {
    // Given
    setMembers("n1", OTHER);
    cluster.configs.put(WEB, config());
    reconcile();
    assertThat(toldClaims).isEqualTo(Map.of(ADDRESS, 1L));

    // When
    peerClaims.put(OTHER, Map.of(ADDRESS, 2L));
    reconcile();

    // Then
    assertThat(toldClaims).isEmpty();
  }

  private List<OwnershipClaim> claims() {
    return reports.getLast().node().claims();
  }

  private void setMembers(String... nodes) {
    cluster.members = new Members(new TreeSet<>(Set.of(nodes)), false);
  }

  /** A node that the address hashes to rather than to n1. */
  private static String before() {
    return IntStream.range(2, 100)
        .mapToObj(i -> "n" + i)
        .filter(n -> RendezvousHash.ownerOf(ADDRESS, Set.of("n1", n)).equals(Optional.of(n)))
        .findFirst()
        .orElseThrow();
  }

  private static LoadBalancerConfig reported(long version, NodeReport... nodes) {
    return reported(version, "web", nodes);
  }

  private static LoadBalancerConfig reported(long version, String name, NodeReport... nodes) {
    var object = TestObjects.loadBalancer("default", name, TEXT);
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(new LoadBalancerStatus(List.of(), List.of(nodes)));
    return TestObjects.parse(object, "n1");
  }

  private static NodeReport claim(String node, long epoch) {
    return new NodeReport(node, 1L, List.of(TEXT), List.of(), List.of(), "1/1", List.of())
        .withClaims(List.of(new OwnershipClaim(TEXT, epoch, "2025-12-31T00:00:00Z", null, null)));
  }
}
