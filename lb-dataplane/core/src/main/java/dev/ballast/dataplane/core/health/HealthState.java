package dev.ballast.dataplane.core.health;

import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;

/**
 * The health of one backend by its health checks: a state machine.
 *
 * <pre>
 *            fall failures in a row
 *   Healthy ------------------------> Unhealthy
 *           <------------------------
 *            rise successes in a row
 * </pre>
 *
 * Times are those of {@link System#nanoTime()}.
 */
public sealed interface HealthState {

  /**
   * The initial state. Healthy, because the Pod is ready; waiting for a check would only delay the
   * first connection.
   */
  static HealthState initial(long nowNanos) {
    return new Healthy(nowNanos, 0);
  }

  /** Returns the state after one more check. */
  HealthState next(HealthCheckResult result, HealthCheckPolicy check, long nowNanos);

  /** When this state was entered. */
  long sinceNanos();

  /**
   * The backend gets new connections.
   *
   * @param failures consecutive failures so far, always below {@code fall}
   */
  record Healthy(long sinceNanos, int failures) implements HealthState {
    @Override
    public HealthState next(HealthCheckResult result, HealthCheckPolicy check, long nowNanos) {
      return switch (result) {
        case HealthCheckResult.CheckPassed() -> failures == 0 ? this : new Healthy(sinceNanos, 0);
        case HealthCheckResult.CheckFailed(String message) ->
            failures + 1 < check.fall()
                ? new Healthy(sinceNanos, failures + 1)
                : new Unhealthy(nowNanos, 0, message);
      };
    }
  }

  /**
   * The backend gets no new connection while another one is healthy.
   *
   * @param successes consecutive successes so far, always below {@code rise}
   * @param message the cause of the latest failure
   */
  record Unhealthy(long sinceNanos, int successes, String message) implements HealthState {
    @Override
    public HealthState next(HealthCheckResult result, HealthCheckPolicy check, long nowNanos) {
      return switch (result) {
        case HealthCheckResult.CheckPassed() ->
            successes + 1 < check.rise()
                ? new Unhealthy(sinceNanos, successes + 1, message)
                : new Healthy(nowNanos, 0);
        case HealthCheckResult.CheckFailed(String latestMessage) ->
            successes == 0 && latestMessage.equals(message)
                ? this
                : new Unhealthy(sinceNanos, 0, latestMessage);
      };
    }
  }
}
