package dev.ballast.dataplane.server.steering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the process knows about its own silence. */
class SelfFencingTest {

  private static final long SENT = System.nanoTime();

  private final SelfFencing fencing = new SelfFencing(SelfFencing.DEFAULT_PEER_PORT);

  private static long after(long millis) {
    return SENT + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void it_is_fenced_from_the_time_out_on() {
    // Given
    fencing.setArmed(true);

    // When
    fencing.heartbeatSent(SENT);

    // Then
    assertThat(fencing.hasLapsed(after(349))).isFalse();
    assertThat(fencing.hasLapsed(after(350))).isTrue();
  }

  @Test
  void it_is_fenced_before_the_first_heartbeat() {
    // When
    fencing.setArmed(true);

    // Then
    assertThat(fencing.isFenced()).isTrue();
  }

  @Test
  void it_is_never_fenced_where_no_other_node_can_take_over() {
    // Given
    fencing.setArmed(true);
    fencing.heartbeatSent(SENT);

    // When
    fencing.setArmed(false);

    // Then
    assertThat(fencing.hasLapsed(after(60_000))).isFalse();
    fencing.heartbeatSent(after(60_000));
    assertThat(fencing.lapses()).isZero();
  }

  @Test
  void a_late_heartbeat_ends_the_silence_and_counts_as_a_lapse() {
    // Given
    fencing.heartbeatSent(after(-100));
    fencing.setArmed(true);
    fencing.heartbeatSent(SENT);
    assertThat(fencing.lapses()).isZero();

    // When
    fencing.heartbeatSent(after(800));

    // Then
    assertThat(fencing.hasLapsed(after(801))).isFalse();
    assertThat(fencing.lapses()).isOne();
  }
}
