package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Node n2 takes an address of n1, which has connections. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerDrainTest extends NodeReconcilerFixture {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.100.7");
  private static final FiveTuple FLOW =
      new FiveTuple(
          InetAddress.ofLiteral("192.0.2.1"), 40_000, new Binding(ADDRESS, 80, Protocol.TCP));

  @BeforeEach
  void serveConnections() throws Exception {
    handovers.reached.add("n2");
    relay.flows.put(ADDRESS, List.of(FLOW));
    serveWeb();
    calls.clear();
  }

  private void exclude() {
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), new TreeSet<>(Set.of("n1")), false);
  }

  private void takenByOther() {
    peerClaims.put("n2", Map.of(ADDRESS, 2L));
  }

  private void pass(Duration time) {
    nanoTime += time.toNanos();
  }

  @Test
  void it_goes_on_to_announce_until_the_other_node_claims_the_address() throws Exception {
    // When
    exclude();
    reconcile();

    // Then
    assertThat(calls).doesNotContain("withdraw 198.18.100.7");
    assertThat(toldClaims).containsKey(ADDRESS);
  }

  @Test
  void it_stops_announcing_and_tells_the_new_owner_about_its_connections() throws Exception {
    // Given
    exclude();

    // When
    takenByOther();
    reconcile();

    // Then
    assertThat(calls)
        .containsSubsequence("withdraw 198.18.100.7", "send 1 flows of 198.18.100.7 to n2")
        .contains("remove report of n1")
        .doesNotContain("keep []");
    assertThat(relay.served()).containsExactly(WEB);
    assertThat(toldClaims).isEmpty();
  }

  @Test
  void it_tells_once_more_about_connections_that_came_late() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    calls.clear();

    // When
    pass(Duration.ofSeconds(1));
    reconcile();

    // Then
    assertThat(calls).containsOnlyOnce("send 1 flows of 198.18.100.7 to n2");
    calls.clear();
    pass(Duration.ofSeconds(1));
    reconcile();
    assertThat(calls).doesNotContain("send 1 flows of 198.18.100.7 to n2");
    assertThat(relay.served()).containsExactly(WEB);
  }

  @Test
  void it_releases_the_address_after_the_last_connection() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    relay.flows.clear();
    pass(Duration.ofSeconds(1));
    reconcile();
    pass(Duration.ofSeconds(1));
    reconcile();
    calls.clear();

    // When
    pass(Duration.ofSeconds(1));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "released [198.18.100.7]", "apply []");
  }

  @Test
  void it_releases_the_address_after_the_drain_time() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    calls.clear();

    // When
    pass(Duration.ofSeconds(30));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "released [198.18.100.7]", "apply []");
  }

  @Test
  void it_releases_the_address_at_once_if_the_other_node_takes_part_in_no_handover()
      throws Exception {
    // Given
    handovers.reached.clear();
    exclude();

    // When
    takenByOther();
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []");
  }

  @Test
  void in_the_mode_without_a_filter_it_releases_the_address_at_once_and_says_so() throws Exception {
    // Given
    relay.steeringMode = SteeringMode.BIND_UNFILTERED;
    exclude();

    // When
    takenByOther();
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "released [198.18.100.7]", "apply []");
  }

  @Test
  void an_address_that_comes_back_is_announced_again() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    calls.clear();

    // When
    peerClaims.clear();
    cluster.members = new Members(new TreeSet<>(Set.of("n1")), false);
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7").doesNotContain("keep []");
    pass(Duration.ofSeconds(30));
    reconcile();
    assertThat(relay.served()).containsExactly(WEB);
  }

  @Test
  void a_service_that_is_deleted_meanwhile_is_served_no_longer() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();

    // When
    cluster.configs.remove(WEB);
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
  }

  @Test
  void the_owners_of_addresses_fall_silent_before_this_node_announces_them() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    relay.flows.clear();
    pass(Duration.ofSeconds(30));
    reconcile();
    calls.clear();

    // When
    cluster.members = new Members(new TreeSet<>(Set.of("n1")), new TreeSet<>(Set.of("n2")), false);
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("request [n2]", "acquire 198.18.100.7");
  }

  @Test
  void a_node_that_leaves_serves_its_connections_after_other_nodes_have_taken_its_addresses()
      throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), true);
    reconcile();
    assertThat(calls).doesNotContain("withdraw 198.18.100.7");
    assertThat(toldClaims).containsKey(ADDRESS);

    // When
    takenByOther();
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.LEAVING);
    assertThat(calls)
        .containsSubsequence("withdraw 198.18.100.7", "send 1 flows of 198.18.100.7 to n2")
        .doesNotContain("keep []", "apply []");
    assertThat(toldClaims).isEmpty();
  }

  @Test
  void a_node_that_leaves_is_silent_about_an_address_whose_new_owner_takes_part_in_no_handover()
      throws Exception {
    // Given
    handovers.reached.clear();
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), true);

    // When
    takenByOther();
    reconcile();

    // Then
    assertThat(calls).contains("withdraw 198.18.100.7").doesNotContain("keep []", "apply []");
  }

  @Test
  void the_next_owner_learns_of_the_connections_when_the_first_one_has_failed() throws Exception {
    // Given
    exclude();
    takenByOther();
    reconcile();
    pass(Duration.ofSeconds(10));
    handovers.reached.clear();
    handovers.reached.add("n3");
    calls.clear();

    // When
    peerClaims.clear();
    peerClaims.put("n3", Map.of(ADDRESS, 3L));
    cluster.members = new Members(new TreeSet<>(Set.of("n3")), new TreeSet<>(Set.of("n1")), false);
    reconcile();

    // Then
    assertThat(calls)
        .contains("send 1 flows of 198.18.100.7 to n3")
        .doesNotContain("released [198.18.100.7]");
    pass(Duration.ofSeconds(20));
    reconcile();
    assertThat(calls).contains("released [198.18.100.7]");
  }
}
