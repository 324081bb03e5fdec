package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailureDetectorTest {

  private final FailureDetector detector = new FailureDetector();
  private long now = 5_000_000_000L;
  private long sequence;

  @Test
  void a_node_is_suspected_400_ms_after_its_last_heartbeat() {
    hear(100, 100);

    assertThat(detector.suspected(now + millis(400))).isEmpty();
    assertThat(detector.suspected(now + millis(401))).containsExactly("b");
  }

  @Test
  void the_first_timeouts_are_long() {
    hear(3, 100);

    assertThat(detector.suspected(now + millis(800))).isEmpty();
    assertThat(detector.suspected(now + millis(901))).containsExactly("b");
  }

  @Test
  void a_node_that_was_never_heard_is_not_suspected() {
    assertThat(detector.suspected(now + millis(60_000))).isEmpty();
  }

  @Test
  void jitter_makes_the_timeout_longer_up_to_900_ms() {
    for (int i = 0; i < 100; i++) {
      hear(1, 5);
      hear(1, 350);
    }

    assertThat(detector.suspected(now + millis(600))).isEmpty();
    assertThat(detector.suspected(now + millis(901))).containsExactly("b");
  }

  @Test
  void a_heartbeat_ends_the_suspicion() {
    hear(2, 100);
    now += millis(2_000);
    assertThat(detector.suspected(now)).containsExactly("b");

    hear(1, 0);

    assertThat(detector.suspected(now)).isEmpty();
    assertThat(detector.latest()).containsOnlyKeys("b");
  }

  @Test
  void a_node_that_verifies_for_a_short_time_stays_what_it_was() {
    hear(3, 100);

    verify(5);

    assertThat(detector.suspected(now)).isEmpty();
    assertThat(stateOf("b")).isEqualTo(SenderState.ELIGIBLE);
  }

  @Test
  void a_node_that_verifies_for_longer_owns_nothing_until_it_is_done() {
    hear(3, 100);
    verify(8);
    SenderState verifying = stateOf("b");

    hear(1, 100);

    assertThat(verifying).isEqualTo(SenderState.INELIGIBLE);
    assertThat(stateOf("b")).isEqualTo(SenderState.ELIGIBLE);
  }

  @Test
  void a_suspected_node_that_verifies_is_alive_and_owns_nothing() {
    hear(3, 100);
    now += millis(1_000);
    detector.suspected(now);

    verify(2);

    assertThat(detector.suspected(now)).isEmpty();
    assertThat(stateOf("b")).isEqualTo(SenderState.INELIGIBLE);
  }

  @Test
  void a_node_that_verifies_when_it_is_first_heard_owns_nothing() {
    verify(1);

    assertThat(stateOf("b")).isEqualTo(SenderState.INELIGIBLE);
  }

  @Test
  void the_same_words_of_a_node_that_verifies_stay_one_object() {
    hear(3, 100);
    verify(1);
    HeartbeatContent first = detector.latest().get("b");
    long version = detector.version();

    verify(4);

    assertThat(detector.latest().get("b")).isSameAs(first);
    assertThat(detector.version()).isEqualTo(version);
  }

  @Test
  void an_old_heartbeat_does_not_count() {
    hear(3, 100);

    boolean replayed = detector.heard(heartbeat(7, 1), now + millis(300));

    assertThat(replayed).isFalse();
    assertThat(detector.suspected(now + millis(901))).containsExactly("b");
  }

  @Test
  void a_new_process_of_a_node_starts_with_its_own_sequence() {
    hear(30, 100);

    boolean counts = detector.heard(heartbeat(8, 1), now + millis(390));

    assertThat(counts).isTrue();
    assertThat(detector.suspected(now + millis(700))).isEmpty();
  }

  @Test
  void after_a_suspicion_a_process_counts_whose_clock_went_back() {
    hear(3, 100);
    boolean before = detector.heard(heartbeat(6, 1), now);
    now += millis(901);
    assertThat(detector.suspected(now)).containsExactly("b");

    boolean after = detector.heard(heartbeat(6, 2), now);

    assertThat(before).isFalse();
    assertThat(after).isTrue();
    assertThat(detector.suspected(now)).isEmpty();
  }

  @Test
  void after_a_farewell_the_silence_of_a_node_means_nothing() {
    hear(3, 100);

    boolean counts = detector.heard(heartbeat(7, sequence + 1, SenderState.FAREWELL), now);

    assertThat(counts).isTrue();
    assertThat(detector.suspected(now + millis(60_000))).isEmpty();
    assertThat(detector.latest()).isEmpty();
  }

  @Test
  void an_old_farewell_does_not_count() {
    hear(3, 100);

    boolean counts = detector.heard(heartbeat(7, 1, SenderState.FAREWELL), now);

    assertThat(counts).isFalse();
    assertThat(detector.latest()).containsOnlyKeys("b");
  }

  @Test
  void after_an_own_pause_nobody_is_suspected_for_900_ms() {
    hear(3, 100);
    now += millis(3_000);

    detector.paused(millis(2_900), now);

    assertThat(detector.suspected(now)).isEmpty();
    assertThat(detector.suspected(now + millis(899))).isEmpty();
    assertThat(detector.suspected(now + millis(900))).containsExactly("b");
  }

  @Test
  void who_was_suspected_before_an_own_pause_stays_so() {
    hear(3, 100);
    now += millis(901);
    assertThat(detector.suspected(now)).containsExactly("b");

    detector.paused(millis(2_000), now + millis(2_000));

    assertThat(detector.suspected(now + millis(2_000))).containsExactly("b");
  }

  @Test
  void a_node_that_refuses_connections_and_is_silent_has_ended() {
    hear(3, 100);

    detector.refused("b", now + millis(60));

    assertThat(detector.suspected(now + millis(150))).isEmpty();
    assertThat(detector.suspected(now + millis(151))).containsExactly("b");
    assertThat(detector.ended()).containsExactly("b");
  }

  @Test
  void a_node_that_refuses_connections_and_sends_heartbeats_lives() {
    hear(3, 100);
    detector.refused("b", now + millis(60));

    for (int heartbeat = 0; heartbeat < 10; heartbeat++) {
      hear(1, 140);
      assertThat(detector.suspected(now)).isEmpty();
    }

    assertThat(detector.suspected(now + millis(200))).isEmpty();
    assertThat(detector.ended()).isEmpty();
  }

  @Test
  void a_heartbeat_that_was_unread_when_a_process_ended_only_delays_the_result() {
    hear(3, 100);
    detector.refused("b", now + millis(60));

    hear(1, 70);

    assertThat(detector.suspected(now + millis(151))).containsExactly("b");
    assertThat(detector.ended()).containsExactly("b");
  }

  @Test
  void the_heartbeat_of_another_process_of_a_node_says_that_the_node_lives() {
    hear(3, 100);
    detector.refused("b", now + millis(60));

    detector.heard(heartbeat(8, 1), now + millis(70));

    assertThat(detector.suspected(now + millis(270))).isEmpty();
  }

  @Test
  void a_pause_of_this_process_does_not_hide_that_another_one_has_ended() {
    hear(3, 100);
    detector.refused("b", now + millis(60));

    detector.paused(millis(100), now + millis(160));

    assertThat(detector.suspected(now + millis(160))).containsExactly("b");
  }

  @Test
  void a_node_that_left_the_cluster_is_forgotten() {
    hear(3, 100);
    now += millis(901);
    assertThat(detector.suspected(now)).containsExactly("b");

    detector.retain(Set.of("c"));

    assertThat(detector.suspected(now)).isEmpty();
  }

  private void hear(int count, long gapMillis) {
    for (int i = 0; i < count; i++) {
      now += millis(gapMillis);
      sequence++;
      assertThat(detector.heard(heartbeat(7, sequence), now)).isTrue();
    }
  }

  private void verify(int count) {
    for (int i = 0; i < count; i++) {
      now += millis(100);
      sequence++;
      detector.heard(heartbeat(7, sequence, SenderState.VERIFYING), now);
    }
  }

  private SenderState stateOf(String node) {
    return Objects.requireNonNull(detector.latest().get(node)).state();
  }

  private static Heartbeat heartbeat(long incarnation, long sequence) {
    return heartbeat(incarnation, sequence, SenderState.ELIGIBLE);
  }

  private static long millis(long count) {
    return Duration.ofMillis(count).toNanos();
  }

  private static Heartbeat heartbeat(long incarnation, long sequence, SenderState state) {
    return new Heartbeat("b", incarnation, sequence, HeartbeatContent.of(state, Set.of()));
  }
}
