package dev.ballast.operator.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The API server's clock is an hour ahead of any clock here, or behind. */
class ApiServerTimeTest {

  private static final Instant CREATED = Instant.parse("2026-01-01T12:00:00Z");

  private long nanoTime = 42;
  private final ApiServerTime apiServerTime = new ApiServerTime(() -> nanoTime);

  @Test
  void the_age_is_not_known_before_the_first_own_object() {
    assertThat(apiServerTime.ageOf(CREATED)).isEmpty();
  }

  @Test
  void the_age_counts_by_the_monotonic_clock() {
    // Given
    apiServerTime.observe(CREATED, apiServerTime.start());

    // When
    nanoTime += Duration.ofSeconds(7).toNanos();

    // Then
    assertThat(apiServerTime.ageOf(CREATED)).contains(Duration.ofSeconds(7));
    assertThat(apiServerTime.ageOf(CREATED.plusSeconds(5))).contains(Duration.ofSeconds(2));
  }

  @Test
  void a_slow_request_makes_objects_look_older_and_never_younger() {
    // Given
    long start = apiServerTime.start();
    nanoTime += Duration.ofMinutes(1).toNanos();

    // When
    apiServerTime.observe(CREATED, start);

    // Then
    assertThat(apiServerTime.ageOf(CREATED)).contains(Duration.ofMinutes(1));
  }

  @Test
  void an_object_that_existed_before_changes_nothing() {
    // Given
    apiServerTime.observe(CREATED, apiServerTime.start());

    // When
    apiServerTime.observe(CREATED.minusSeconds(3600), apiServerTime.start());

    // Then
    assertThat(apiServerTime.ageOf(CREATED)).contains(Duration.ZERO);
  }

  @Test
  void an_object_of_the_future_has_no_age() {
    // Given
    apiServerTime.observe(CREATED, apiServerTime.start());

    // When
    var age = apiServerTime.ageOf(CREATED.plusSeconds(3600));

    // Then
    assertThat(age).isEmpty();
  }
}
