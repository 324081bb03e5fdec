package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeadNodesTest {

  private static final Set<String> MEMBERS = Set.of("a", "b", "c");

  private static final NeighborAnswers BOTH_SILENT = new NeighborAnswers(true, Set.of("b", "c"));

  private final Map<String, HeartbeatContent> heard = new HashMap<>();
  private Set<String> ended = Set.of();

  @Test
  void one_witness_of_two_does_not_make_this_node_dead_for_others() {
    assertThat(DeadNodes.mayInclude(Set.of("b"), Set.of("b", "c"))).isFalse();
  }

  @Test
  void two_witnesses_make_this_node_dead_for_others() {
    assertThat(DeadNodes.mayInclude(Set.of("b", "c"), Set.of("b", "c", "d"))).isTrue();
  }

  @Test
  void the_only_node_that_is_heard_needs_no_second_witness() {
    assertThat(DeadNodes.mayInclude(Set.of("b"), Set.of("b"))).isTrue();
    assertThat(DeadNodes.mayInclude(Set.of("b"), Set.of("c"))).isFalse();
    assertThat(DeadNodes.mayInclude(Set.of(), Set.of())).isFalse();
  }

  @Test
  void a_node_is_dead_when_a_second_node_suspects_it_too() {
    hear("b", "c");

    assertThat(dead(Set.of("c"), NeighborAnswers.NONE)).containsExactly("c");
  }

  @Test
  void a_single_suspicion_is_not_enough() {
    hear("b");

    assertThat(dead(Set.of("c"), BOTH_SILENT)).isEmpty();
  }

  @Test
  void a_node_whose_process_has_ended_needs_no_second_witness() {
    hear("b");
    ended = Set.of("c");

    assertThat(dead(Set.of("c"), NeighborAnswers.NONE)).containsExactly("c");
  }

  @Test
  void a_node_that_is_heard_is_alive_whatever_others_say() {
    hear("b", "c");
    hear("c");

    assertThat(dead(Set.of(), BOTH_SILENT)).isEmpty();
  }

  @Test
  void the_word_of_a_node_that_suspects_this_one_does_not_count() {
    hear("b", "a", "c");

    assertThat(dead(Set.of("c"), BOTH_SILENT)).isEmpty();
  }

  @Test
  void a_node_that_receives_nothing_asks_its_gateway() {
    assertThat(dead(Set.of("b", "c"), new NeighborAnswers(false, Set.of("b", "c")))).isEmpty();
    assertThat(dead(Set.of("b", "c"), NeighborAnswers.NONE)).isEmpty();
    assertThat(dead(Set.of("b", "c"), BOTH_SILENT)).containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void a_node_whose_kernel_answers_is_not_dead_for_a_node_that_receives_nothing() {
    assertThat(dead(Set.of("b", "c"), new NeighborAnswers(true, Set.of("c")))).containsExactly("c");
  }

  @Test
  void a_node_that_was_never_heard_is_not_dead_for_that_reason() {
    assertThat(dead(Set.of("b"), BOTH_SILENT)).containsExactly("b");
  }

  @Test
  void a_process_that_starts_after_a_death_believes_who_has_seen_it() {
    hear("b", "c");

    assertThat(dead(Set.of(), NeighborAnswers.NONE)).containsExactly("c");
  }

  @Test
  void this_node_is_never_dead_for_itself() {
    hear("b", "a");
    hear("c", "a");

    assertThat(dead(Set.of(), BOTH_SILENT)).isEmpty();
  }

  private void hear(String node, String... suspected) {
    heard.put(node, HeartbeatContent.of(SenderState.ELIGIBLE, Set.of(suspected)));
  }

  private Set<String> dead(Set<String> suspected, NeighborAnswers neighbors) {
    return DeadNodes.of("a", MEMBERS, suspected, ended, heard, neighbors);
  }
}
