package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.NodeObservation.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Node a decides about c by what b, d and e have observed. */
class AccusedNodesTest {

  private static final List<String> OTHERS = List.of("b", "c", "d", "e");

  private final ObservationTable table = new ObservationTable();
  private final AccusedNodes accusedNodes = new AccusedNodes(table, NodeId.of("a"));
  private final Map<Long, String> names = new HashMap<>();
  private long now = 7_000_000_000L;
  private int sequence;

  AccusedNodesTest() {
    OTHERS.forEach(node -> names.put(NodeId.of(node), node));
  }

  @Test
  void two_accusers_are_enough_after_a_refutation_had_time_to_arrive() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    add("d", Kind.SUSPECTED, 0);

    // When
    Set<String> atOnce = dead(Set.of());
    now += millis(200);
    Set<String> later = dead(Set.of());

    // Then
    assertThat(atOnce).isEmpty();
    assertThat(later).containsExactly("c");
  }

  @Test
  void one_accuser_is_not_enough() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    Set<String> atOnce = dead(Set.of());

    // When
    now += millis(900);

    // Then
    assertThat(atOnce).isEmpty();
    assertThat(dead(Set.of())).isEmpty();
  }

  @Test
  void this_node_is_a_witness_too() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    dead(Set.of("c"));

    // When
    now += millis(200);

    // Then
    assertThat(dead(Set.of("c"))).containsExactly("c");
  }

  @Test
  void the_word_of_an_accuser_of_this_node_does_not_count() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    add("d", Kind.SUSPECTED, 0);
    table.add(
        new NodeObservation(NodeId.of("a"), NodeId.of("d"), Kind.SUSPECTED, ++sequence, 0), now);
    dead(Set.of());

    // When
    now += millis(200);

    // Then
    assertThat(dead(Set.of())).isEmpty();
  }

  @Test
  void a_node_that_another_one_hears_is_alive() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    add("d", Kind.SUSPECTED, 0);
    add("e", Kind.HEARD, 100);
    dead(Set.of());

    // When
    now += millis(499);
    Set<String> heard = dead(Set.of());
    now += millis(1);
    table.retain(Set.of(NodeId.of("b"), NodeId.of("c"), NodeId.of("d"), NodeId.of("e")), now);
    dead(Set.of());
    now += millis(200);

    // Then
    assertThat(heard).isEmpty();
    assertThat(dead(Set.of())).containsExactly("c");
  }

  @Test
  void an_ended_process_needs_no_second_witness_unless_the_node_was_heard_since() {
    // Given
    add("b", Kind.ENDED, 10);
    add("d", Kind.HEARD, 150);
    Set<String> ended = dead(Set.of());

    // When
    add("d", Kind.HEARD, 0);

    // Then
    assertThat(ended).containsExactly("c");
    assertThat(dead(Set.of())).isEmpty();
  }

  @Test
  void a_copy_does_not_make_an_observation_younger() {
    // Given
    add("b", Kind.SUSPECTED, 0);
    NodeObservation original = table.youngest(10, now).getFirst();

    // When
    now += millis(900);
    boolean news = table.add(original, now);
    now += millis(100);
    table.retain(Set.of(NodeId.of("b"), NodeId.of("c")), now);

    // Then
    assertThat(news).isFalse();
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void the_newest_word_of_an_observer_counts_whatever_comes_later() {
    // Given
    add("b", Kind.HEARD, 0);
    var older = new NodeObservation(NodeId.of("c"), NodeId.of("b"), Kind.SUSPECTED, 0, 0);

    // When
    table.add(older, now);

    // Then
    assertThat(table.accusers(NodeId.of("c"))).isEmpty();
    assertThat(table.isHeard(NodeId.of("c"))).isTrue();
  }

  @Test
  void the_age_grows_where_an_observation_waits() {
    // Given
    add("b", Kind.SUSPECTED, 30);

    // When
    now += millis(70);

    // Then
    assertThat(table.youngest(10, now)).extracting(NodeObservation::ageMillis).containsExactly(100);
  }

  @Test
  void what_had_no_room_is_passed_on_next() {
    // Given
    for (String node : OTHERS) {
      table.add(new NodeObservation(NodeId.of(node), 1, Kind.SUSPECTED, ++sequence, 0), now);
    }

    // When
    List<NodeObservation> first = table.youngest(2, now);
    List<NodeObservation> second = table.youngest(2, now);

    // Then
    assertThat(first).hasSize(2).doesNotContainAnyElementsOf(second);
    assertThat(second).hasSize(2);
  }

  private void add(String observer, Kind kind, int age) {
    table.add(new NodeObservation(NodeId.of("c"), NodeId.of(observer), kind, ++sequence, age), now);
  }

  private Set<String> dead(Set<String> suspected) {
    return accusedNodes.dead(names, suspected, Set.of(), now);
  }

  private static long millis(long count) {
    return Duration.ofMillis(count).toNanos();
  }
}
