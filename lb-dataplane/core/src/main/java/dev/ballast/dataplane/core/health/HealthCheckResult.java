package dev.ballast.dataplane.core.health;

/** The outcome of one check. */
public sealed interface HealthCheckResult {

  /** The backend accepted a connection. */
  record CheckPassed() implements HealthCheckResult {}

  /**
   * It did not.
   *
   * @param message for a person, such as "connection refused"
   */
  record CheckFailed(String message) implements HealthCheckResult {}
}
