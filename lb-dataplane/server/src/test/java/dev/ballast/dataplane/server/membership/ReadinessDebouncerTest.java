package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReadinessDebouncerTest {

  private static final long LATER = Duration.ofMillis(900).toNanos();
  private static final long TOO_LATE = Duration.ofMillis(1100).toNanos();

  private final ReadinessDebouncer readinessDebouncer = new ReadinessDebouncer();

  @Test
  void a_pod_that_is_unready_for_less_than_a_second_stays_ready() {
    // Given
    see(0, true, false);
    see(0, false, false);

    // When
    boolean counts = see(LATER, false, false);

    // Then
    assertThat(counts).isTrue();
    assertThat(readinessDebouncer.isPending()).isTrue();
  }

  @Test
  void a_pod_that_stays_unready_is_unready_after_a_second() {
    // Given
    see(0, true, false);
    see(0, false, false);

    // When
    boolean counts = see(TOO_LATE, false, false);

    // Then
    assertThat(counts).isFalse();
    assertThat(readinessDebouncer.isPending()).isFalse();
  }

  @Test
  void a_pod_that_was_ready_in_between_gets_a_new_grace_period() {
    // Given
    see(0, true, false);
    see(0, false, false);
    see(LATER, true, false);

    // When
    boolean counts = see(TOO_LATE, false, false);

    // Then
    assertThat(counts).isTrue();
  }

  @Test
  void a_pod_that_was_never_ready_is_unready() {
    // When
    boolean counts = see(0, false, false);

    // Then
    assertThat(counts).isFalse();
  }

  @Test
  void a_terminating_pod_has_no_grace_period() {
    // Given
    see(0, true, false);

    // When
    boolean counts = see(0, false, true);

    // Then
    assertThat(counts).isFalse();
  }

  @Test
  void a_pod_that_terminates_within_its_grace_period_ends_it() {
    // Given
    see(0, true, false);
    see(0, false, false);

    // When
    see(LATER, false, true);

    // Then
    assertThat(readinessDebouncer.isPending()).isFalse();
  }

  @Test
  void the_successor_of_a_terminating_pod_has_no_grace_period() {
    // Given
    readinessDebouncer.debounce(List.of(TestPeers.ready("old", "n1")), 0);

    // When
    List<Peer> debounced =
        readinessDebouncer.debounce(
            List.of(TestPeers.terminating("old", "n1", true), TestPeers.unready("new", "n1")), 0);

    // Then
    assertThat(debounced.getLast().ready()).isFalse();
  }

  @Test
  void a_pod_that_was_gone_in_between_has_no_grace_period() {
    // Given
    see(0, true, false);
    readinessDebouncer.debounce(List.of(), 0);

    // When
    boolean counts = see(0, false, false);

    // Then
    assertThat(counts).isFalse();
  }

  @Test
  void a_pod_that_is_not_ready_beside_one_that_is_keeps_nothing_pending() {
    // When
    readinessDebouncer.debounce(
        List.of(TestPeers.ready("old", "n1"), TestPeers.unready("new", "n1")), 0);

    // Then
    assertThat(readinessDebouncer.isPending()).isFalse();
  }

  @Test
  void a_pod_has_its_grace_period_while_another_one_of_the_node_terminates() {
    // Given
    Peer old = TestPeers.terminating("old", "n1", true);
    readinessDebouncer.debounce(List.of(old, TestPeers.ready("new", "n1")), 0);

    // When
    List<Peer> debounced =
        readinessDebouncer.debounce(List.of(old, TestPeers.unready("new", "n1")), 1);

    // Then
    assertThat(debounced.getLast().ready()).isTrue();
  }

  private boolean see(long nanos, boolean ready, boolean terminating) {
    return readinessDebouncer
        .debounce(
            List.of(new Peer("pod", "n1", ready, terminating, Optional.empty(), Set.of())), nanos)
        .getFirst()
        .ready();
  }
}
