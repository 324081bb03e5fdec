package dev.ballast.dataplane.core.reachability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.reachability.CheckResult.Cause;
import dev.ballast.dataplane.core.reachability.CheckResult.CheckSkipped;
import dev.ballast.dataplane.core.reachability.CheckResult.NotReached;
import dev.ballast.dataplane.core.reachability.CheckResult.Reached;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The schedule of one node, with a clock that stands still unless a test moves it. */
@Tag("feature:reachability")
class CheckScheduleTest {

  private static final CheckTarget WEB = target("198.18.100.7", "n1", 80);
  private static final NotReached FAILED = new NotReached(Cause.NO_CONNECTION_ANSWER);

  private final CheckSchedule schedule = new CheckSchedule();

  /** Close to the overflow, which {@link System#nanoTime} may have at any time. */
  private long now = Long.MAX_VALUE - 1_000;

  @Test
  void a_new_target_is_checked_after_its_announcement_has_reached_the_network() {
    // Given
    add(WEB);

    // When
    var at_once = schedule.takeDue(now, 10);

    // Then
    assertThat(at_once).isEmpty();
    pass(CheckSchedule.FIRST_DELAY);
    assertThat(schedule.takeDue(now, 10)).containsExactly(WEB);
  }

  @Test
  void a_target_that_is_being_checked_is_not_due() {
    // Given
    add(WEB);
    pass(CheckSchedule.FIRST_DELAY);
    schedule.takeDue(now, 10);

    // When
    pass(CheckSchedule.LOST);

    // Then
    assertThat(schedule.takeDue(now, 10)).isEmpty();
  }

  @Test
  void a_reachable_target_is_checked_again_after_a_minute() {
    // Given
    add(WEB);
    check(new Reached());

    // When
    pass(CheckSchedule.PERIOD.minusNanos(1));

    // Then
    assertThat(schedule.takeDue(now, 10)).isEmpty();
    pass(Duration.ofNanos(1));
    assertThat(schedule.takeDue(now, 10)).containsExactly(WEB);
  }

  @Test
  void one_failure_does_not_count() {
    // Given
    add(WEB);

    // When
    check(FAILED);

    // Then
    assertThat(schedule.results()).isEmpty();
  }

  @Test
  void two_failures_in_a_row_make_a_target_unreachable() {
    // Given
    add(WEB);
    check(new Reached());
    check(FAILED);
    assertThat(schedule.results()).containsEntry(WEB, new Reached());

    // When
    check(FAILED);

    // Then
    assertThat(schedule.results()).containsEntry(WEB, FAILED);
  }

  @Test
  void a_success_between_two_failures_starts_the_count_again() {
    // Given
    add(WEB);
    check(FAILED);
    check(new Reached());

    // When
    check(FAILED);

    // Then
    assertThat(schedule.results()).containsEntry(WEB, new Reached());
  }

  @Test
  void one_success_makes_a_target_reachable_again() {
    // Given
    add(WEB);
    check(FAILED);
    check(FAILED);

    // When
    check(new Reached());

    // Then
    assertThat(schedule.results()).containsEntry(WEB, new Reached());
  }

  @Test
  void nothing_is_known_while_this_node_cannot_check() {
    // Given
    add(WEB);
    check(new Reached());

    // When
    check(new CheckSkipped());

    // Then
    assertThat(schedule.results()).isEmpty();
  }

  @Test
  void a_target_that_moves_to_another_node_loses_its_result() {
    // Given
    add(WEB);
    check(new Reached());

    // When
    add(target("198.18.100.7", "n2", 80));

    // Then
    assertThat(schedule.results()).isEmpty();
  }

  @Test
  void a_result_for_the_node_before_a_move_does_not_count() {
    // Given
    add(WEB);
    pass(CheckSchedule.FIRST_DELAY);
    schedule.takeDue(now, 10);
    CheckTarget moved = target("198.18.100.7", "n2", 80);
    add(moved);

    // When
    schedule.record(WEB, new Reached(), now);

    // Then
    assertThat(schedule.results()).isEmpty();
    pass(CheckSchedule.FIRST_DELAY);
    assertThat(schedule.takeDue(now, 10)).containsExactly(moved);
  }

  @Test
  void a_target_with_another_port_keeps_its_result_until_the_next_check() {
    // Given
    add(WEB);
    check(new Reached());

    // When
    add(target("198.18.100.7", "n1", 81));

    // Then
    assertThat(schedule.results()).containsValue(new Reached());
  }

  @Test
  void a_target_at_a_node_that_has_changed_is_due_at_once() {
    // Given
    CheckTarget other = target("198.18.100.8", "n2", 80);
    add(WEB);
    add(other);
    pass(CheckSchedule.FIRST_DELAY);
    schedule.takeDue(now, 2).forEach(target -> schedule.record(target, new Reached(), now));

    // When
    schedule.checkSoon("n2", now);

    // Then
    assertThat(schedule.takeDue(now, 10)).containsExactly(other);
  }

  @Test
  void a_removed_target_is_forgotten() {
    // Given
    add(WEB);
    check(new Reached());

    // When
    schedule.remove(WEB.address());

    // Then
    assertThat(schedule.results()).isEmpty();
    pass(CheckSchedule.PERIOD);
    assertThat(schedule.takeDue(now, 10)).isEmpty();
  }

  @Test
  void of_many_targets_the_longest_due_are_checked_first() {
    // Given
    IntStream.range(0, 100)
        .forEach(i -> schedule.add(target("198.18.100." + i, "n1", 80), Optional.empty(), now + i));
    pass(CheckSchedule.FIRST_DELAY);
    pass(Duration.ofNanos(100));

    // When
    var due = schedule.takeDue(now, 2);

    // Then
    assertThat(due)
        .containsExactly(target("198.18.100.0", "n1", 80), target("198.18.100.1", "n1", 80));
  }

  @Test
  void a_new_process_knows_what_the_one_before_has_found() {
    // When
    schedule.add(WEB, Optional.of(FAILED), now);

    // Then
    assertThat(schedule.results()).containsEntry(WEB, FAILED);
    pass(CheckSchedule.FIRST_DELAY);
    assertThat(schedule.takeDue(now, 10)).containsExactly(WEB);
  }

  @Test
  void a_check_that_runs_while_the_node_changes_is_repeated() {
    // Given
    add(WEB);
    pass(CheckSchedule.FIRST_DELAY);
    schedule.takeDue(now, 1);
    schedule.checkSoon("n1", now);

    // When
    schedule.record(WEB, new Reached(), now);

    // Then
    assertThat(schedule.takeDue(now, 10)).containsExactly(WEB);
  }

  @Test
  void a_check_whose_result_is_lost_is_repeated() {
    // Given
    add(WEB);
    pass(CheckSchedule.FIRST_DELAY);
    schedule.takeDue(now, 1);

    // When
    pass(CheckSchedule.LOST.plusNanos(1));

    // Then
    assertThat(schedule.takeDue(now, 10)).containsExactly(WEB);
  }

  private void add(CheckTarget target) {
    schedule.add(target, Optional.empty(), now);
  }

  private void check(CheckResult result) {
    pass(CheckSchedule.PERIOD);
    CheckTarget target = schedule.takeDue(now, 1).getFirst();
    schedule.record(target, result, now);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static CheckTarget target(String address, String node, int port) {
    return new CheckTarget(InetAddress.ofLiteral(address), node, OptionalInt.of(port));
  }
}
