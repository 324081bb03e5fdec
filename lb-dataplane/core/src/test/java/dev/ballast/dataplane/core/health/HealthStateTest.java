package dev.ballast.dataplane.core.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthStateTest {

  private static final HealthCheckPolicy RISE_2_FALL_3 =
      new HealthCheckPolicy(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3);

  private static final HealthCheckResult PASSED = new HealthCheckResult.CheckPassed();
  private static final HealthCheckResult REFUSED =
      new HealthCheckResult.CheckFailed("connection refused");
  private static final HealthCheckResult SILENT =
      new HealthCheckResult.CheckFailed("no answer within 1000 ms");

  @Test
  void a_backend_starts_healthy() {
    assertThat(HealthState.initial(7)).isEqualTo(new HealthState.Healthy(7, 0));
  }

  @Test
  void a_backend_is_unhealthy_after_fall_consecutive_failures() {
    assertThat(after(REFUSED, REFUSED)).isInstanceOf(HealthState.Healthy.class);
    assertThat(after(REFUSED, REFUSED, SILENT))
        .isEqualTo(new HealthState.Unhealthy(3, 0, "no answer within 1000 ms"));
  }

  @Test
  void a_success_in_between_restarts_the_count() {
    assertThat(after(REFUSED, REFUSED, PASSED, REFUSED, REFUSED))
        .isEqualTo(new HealthState.Healthy(0, 2));
  }

  @Test
  void a_backend_is_healthy_again_after_rise_consecutive_successes() {
    assertThat(after(REFUSED, REFUSED, REFUSED, PASSED, REFUSED, PASSED))
        .isInstanceOf(HealthState.Unhealthy.class);
    assertThat(after(REFUSED, REFUSED, REFUSED, PASSED, PASSED))
        .isEqualTo(new HealthState.Healthy(5, 0));
  }

  @Test
  void an_unhealthy_backend_has_the_message_of_its_latest_failure() {
    assertThat(after(REFUSED, REFUSED, REFUSED, SILENT))
        .isEqualTo(new HealthState.Unhealthy(3, 0, "no answer within 1000 ms"));
  }

  @Test
  void one_failure_is_enough_when_fall_is_one() {
    HealthCheckPolicy strict =
        new HealthCheckPolicy(Duration.ofSeconds(2), Duration.ofSeconds(1), 1, 1);
    assertThat(HealthState.initial(0).next(REFUSED, strict, 1))
        .isEqualTo(new HealthState.Unhealthy(1, 0, "connection refused"));
    assertThat(HealthState.initial(0).next(REFUSED, strict, 1).next(PASSED, strict, 2))
        .isEqualTo(new HealthState.Healthy(2, 0));
  }

  @Test
  void only_healthy_candidates_are_used() {
    assertThat(FailOpen.usable(List.of("a", "b", "c"), "b"::equals)).containsExactly("b");
  }

  @Test
  void when_no_candidate_is_healthy_all_are_used() {
    assertThat(FailOpen.usable(List.of("a", "b"), any -> false)).containsExactly("a", "b");
  }

  /** The state after these results; the first one is at time 1. */
  private static HealthState after(HealthCheckResult... results) {
    HealthState state = HealthState.initial(0);
    long now = 0;
    for (HealthCheckResult result : results) {
      state = state.next(result, RISE_2_FALL_3, ++now);
    }
    return state;
  }
}
