package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.NodeObservation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** One node of a cluster of sixty. */
class HeartbeatProtocolTest {

  private final HeartbeatProtocol protocol = new HeartbeatProtocol("self");
  private final Set<String> others = new TreeSet<>();
  private long now = 5_000_000_000L;
  private long sequence;

  HeartbeatProtocolTest() {
    IntStream.range(0, 59).forEach(i -> others.add("n" + i));
    protocol.setMembers(others, now);
  }

  @Test
  void a_node_that_receives_nothing_accuses_no_other() {
    // Given
    List<String> neighbors = neighbors();
    hear(10, neighbors);

    // When
    hear(10, List.of());

    // Then
    assertThat(protocol.suspected(now)).hasSameElementsAs(neighbors);
    assertThat(content().suspected()).isEmpty();
  }

  @Test
  void a_node_accuses_a_neighbor_while_it_receives_heartbeats_of_another_one() {
    // Given
    List<String> neighbors = neighbors();
    hear(10, neighbors);

    // When
    hear(10, neighbors.subList(1, neighbors.size()));

    // Then
    assertThat(content().suspected()).containsExactly(neighbors.getFirst());
  }

  @Test
  void a_node_that_is_heard_again_is_told_once_that_it_was_missed() {
    // Given
    String missed = suspectedNeighbor();
    assertThat(content().suspected()).containsExactly(missed);

    // When
    hear(1, neighbors());
    HeartbeatContent next = content();

    // Then
    assertThat(next.suspected()).isEmpty();
    assertThat(next.recovered()).containsExactly(missed);
    assertThat(next.hasMissed(missed)).isTrue();
    assertThat(content().hasMissed(missed)).isFalse();
  }

  @Test
  void a_node_that_has_recovered_is_not_accused() {
    // Given
    hear(10, neighbors());
    var said =
        new HeartbeatContent(
            SenderState.ELIGIBLE, Set.of(), Set.of(noNeighbor()), false, List.of());

    // When
    protocol.heard(neighbors().getFirst(), 1, ++sequence, said, now);

    // Then
    assertThat(protocol.isObserving()).isFalse();
  }

  @Test
  void another_node_knows_for_certain_that_a_process_has_ended() {
    // Given
    hear(10, neighbors());
    String victim = noNeighbor();

    // When
    observe(victim, "n1", Kind.ENDED);
    Set<String> dead = protocol.dead(NeighborAnswers.NONE, now);

    // Then
    assertThat(dead).containsExactly(victim);
    assertThat(protocol.ended(dead)).containsExactly(victim);
  }

  @Test
  void a_death_that_two_nodes_have_seen_is_not_the_certain_end_of_a_process() {
    // Given
    hear(10, neighbors());
    String victim = noNeighbor();

    // When
    Set<String> dead = accusedFor(victim, 500);

    // Then
    assertThat(dead).containsExactly(victim);
    assertThat(protocol.ended(dead)).isEmpty();
  }

  @Test
  void a_suspicion_outlives_the_neighborhood_until_another_node_hears_the_suspected_one() {
    // Given
    String suspected = suspectedNeighbor();
    growUntilItIsNoNeighbor(suspected);
    Set<String> after = protocol.suspected(now);

    // When
    observe(suspected, "n1", Kind.HEARD);
    observe(suspected, "n2", Kind.SUSPECTED);
    protocol.dead(NeighborAnswers.NONE, now);

    // Then
    assertThat(after).containsExactly(suspected);
    assertThat(protocol.suspected(now)).isEmpty();
  }

  @Test
  void a_former_neighbor_that_lives_is_not_suspected() {
    // Given
    List<String> neighbors = neighbors();
    hear(10, neighbors);
    String former = neighbors.getFirst();

    // When
    growUntilItIsNoNeighbor(former);
    hear(10, neighbors().stream().filter(neighbors::contains).toList());

    // Then
    assertThat(protocol.suspected(now)).doesNotContain(former);
    assertThat(protocol.transitional(now)).contains(former);
  }

  @Test
  void a_process_that_was_paused_believes_no_accusation_for_a_while() {
    // Given
    hear(10, neighbors());
    String victim = noNeighbor();

    // When
    protocol.paused(Duration.ofSeconds(5).toNanos(), now);
    Set<String> trusting = accusedFor(victim, 800);
    Set<String> later = accusedFor(victim, 500);

    // Then
    assertThat(trusting).isEmpty();
    assertThat(later).containsExactly(victim);
  }

  @Test
  void a_process_that_was_paused_forgets_what_it_was_told_before() {
    // Given
    hear(10, neighbors());
    observe(noNeighbor(), "n1", Kind.SUSPECTED);

    // When
    protocol.paused(Duration.ofMillis(200).toNanos(), now);

    // Then
    assertThat(protocol.isObserving()).isFalse();
    assertThat(content().observations()).isEmpty();
  }

  @Test
  void a_process_that_was_paused_does_not_vouch_for_others() {
    // Given
    String neighbor = neighbors().getFirst();
    hear(10, neighbors());
    observe(neighbor, "n1", Kind.SUSPECTED);
    List<NodeObservation> before = content().observations();

    // When
    protocol.paused(Duration.ofMillis(200).toNanos(), now);
    observe(neighbor, "n1", Kind.SUSPECTED);

    // Then
    assertThat(before).extracting(NodeObservation::kind).contains(Kind.HEARD);
    assertThat(content().observations())
        .extracting(NodeObservation::kind)
        .containsOnly(Kind.SUSPECTED);
  }

  @Test
  void a_heartbeat_of_a_node_that_is_no_neighbor_is_answered_for_a_while() {
    // Given
    String sender = noNeighbor();

    // When
    hear(1, List.of(sender));
    Set<String> answered = Set.copyOf(protocol.transitional(now));
    now += Duration.ofSeconds(10).toNanos();
    Set<String> later = Set.copyOf(protocol.transitional(now));

    // Then
    assertThat(answered).containsExactly(sender);
    assertThat(later).isEmpty();
  }

  @Test
  void an_answer_is_not_answered() {
    // Given
    String sender = noNeighbor();
    HeartbeatContent answer = HeartbeatContent.of(SenderState.ELIGIBLE, Set.of()).asTransitional();

    // When
    protocol.heard(sender, 1, 1, answer, now);

    // Then
    assertThat(protocol.transitional(now)).isEmpty();
    now += Duration.ofSeconds(2).toNanos();
    assertThat(protocol.suspected(now)).isEmpty();
    assertThat(protocol.latest()).isEmpty();
  }

  @Test
  void a_heartbeat_has_room_for_forty_observations() {
    // Given
    hear(10, neighbors());
    String sender = neighbors().getFirst();
    List<NodeObservation> many = new ArrayList<>();
    for (String node : others) {
      many.add(new NodeObservation(NodeId.of(node), NodeId.of("n1"), Kind.ENDED, 1, 0));
    }

    // When
    protocol.heard(
        sender,
        1,
        ++sequence,
        new HeartbeatContent(SenderState.ELIGIBLE, Set.of(), Set.of(), false, many),
        now);

    // Then
    assertThat(content().observations()).hasSize(40);
  }

  private String suspectedNeighbor() {
    List<String> neighbors = neighbors();
    hear(10, neighbors);
    hear(10, neighbors.subList(1, neighbors.size()));
    assertThat(protocol.suspected(now)).containsExactly(neighbors.getFirst());
    return neighbors.getFirst();
  }

  private void growUntilItIsNoNeighbor(String node) {
    for (int i = 100; protocol.isNeighbor(node); i++) {
      others.add("n" + i);
      protocol.setMembers(others, now);
    }
  }

  private List<String> neighbors() {
    return protocol.neighbors().stream().sorted().toList();
  }

  private String noNeighbor() {
    return others.stream().filter(node -> !protocol.isNeighbor(node)).findFirst().orElseThrow();
  }

  private HeartbeatContent content() {
    return protocol.content(SenderState.ELIGIBLE, 1000, now);
  }

  private void hear(int periods, List<String> nodes) {
    for (int i = 0; i < periods; i++) {
      now += FailureDetector.PERIOD.toNanos();
      sequence++;
      for (String node : nodes) {
        protocol.heard(node, 1, sequence, HeartbeatContent.of(SenderState.ELIGIBLE, Set.of()), now);
      }
      protocol.suspected(now);
    }
  }

  /** Two nodes accuse it all the time. Returns the dead nodes at the end. */
  private Set<String> accusedFor(String node, long millis) {
    Set<String> dead = Set.of();
    for (long i = 0; i < millis; i += 50) {
      now += Duration.ofMillis(50).toNanos();
      hearAtOnce();
      observe(node, "n1", Kind.SUSPECTED);
      observe(node, "n2", Kind.SUSPECTED);
      dead = protocol.dead(NeighborAnswers.NONE, now);
    }
    return dead;
  }

  private void hearAtOnce() {
    sequence++;
    for (String node : neighbors()) {
      protocol.heard(node, 1, sequence, HeartbeatContent.of(SenderState.ELIGIBLE, Set.of()), now);
    }
  }

  /** A neighbor passes it on. */
  private void observe(String node, String observer, Kind kind) {
    sequence++;
    var observation =
        new NodeObservation(NodeId.of(node), NodeId.of(observer), kind, (int) sequence, 0);
    protocol.heard(
        neighbors().getLast(),
        1,
        sequence,
        new HeartbeatContent(SenderState.ELIGIBLE, Set.of(), Set.of(), false, List.of(observation)),
        now);
  }
}
