package dev.ballast.dataplane.core.health;

/** The result of one health check. */
public sealed interface HealthCheckResult {

  /** The backend accepted a connection. */
  record CheckPassed() implements HealthCheckResult {}

  /**
   * The backend did not accept a connection.
   *
   * @param message the cause, such as "connection refused"
   */
  record CheckFailed(String message) implements HealthCheckResult {}
}
