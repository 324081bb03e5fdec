package dev.ballast.dataplane.core.plan;

import java.time.Duration;
import java.util.Optional;

/**
 * How connections are treated.
 *
 * @param affinity how long a client keeps its backend ({@code sessionAffinity: ClientIP}); empty:
 *     no affinity
 * @param connectTimeout for one backend to accept, after which another one is tried
 * @param idleTimeout without a byte either way, after which a connection is closed
 */
public record Policy(
    Balancing balancing,
    Optional<Duration> affinity,
    Check check,
    Duration connectTimeout,
    Duration idleTimeout) {

  /** How a backend is picked for a connection that no affinity binds. */
  public enum Balancing {
    ROUND_ROBIN,
    LEAST_CONNECTIONS
  }

  /**
   * The active TCP check.
   *
   * @param rise successes in a row after which a backend is healthy again
   * @param fall failures in a row after which it no longer is
   */
  public record Check(Duration period, Duration timeout, int rise, int fall) {}
}
