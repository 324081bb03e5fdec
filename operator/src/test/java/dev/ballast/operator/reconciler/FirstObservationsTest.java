package dev.ballast.operator.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FirstObservationsTest {

  private long nanoTime = Long.MAX_VALUE - 1;
  private final FirstObservations observations =
      new FirstObservations(() -> nanoTime, Duration.ofSeconds(60));

  @Test
  void the_time_counts_from_the_first_observation() {
    // Given
    observations.record("u1");
    nanoTime += Duration.ofSeconds(5).toNanos();
    observations.record("u1");
    nanoTime += Duration.ofSeconds(10).toNanos();

    // When
    Duration age = observations.record("u1");

    // Then
    assertThat(age).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void an_observation_is_forgotten_after_a_while() {
    // Given
    observations.record("u1");
    nanoTime += Duration.ofSeconds(59).toNanos();
    observations.record("u2");
    assertThat(observations.contains("u1")).isTrue();

    // When
    nanoTime += Duration.ofSeconds(1).toNanos();

    // Then
    assertThat(observations.contains("u1")).isFalse();
    assertThat(observations.contains("u2")).isTrue();
  }

  @Test
  void what_was_not_recorded_is_not_contained() {
    assertThat(observations.contains("u1")).isFalse();
  }
}
