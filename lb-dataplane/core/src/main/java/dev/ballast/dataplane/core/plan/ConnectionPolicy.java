package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.source.SourceRanges;
import java.time.Duration;
import java.util.Optional;

/**
 * How the relay treats the connections of a Service.
 *
 * @param affinity how long a client keeps its backend ({@code sessionAffinity: ClientIP}); empty:
 *     no affinity
 * @param connectTimeout for a backend to accept; then the relay tries another backend
 * @param idleTimeout without a byte in either direction; then the relay resets the connection
 * @param udpIdleTimeout without a datagram in either direction; then a UDP flow ends. A flow is the
 *     datagrams between one client address and port and one frontend. Short, because nothing else
 *     ends a flow.
 * @param limits of connections and flows
 * @param sourceRanges the clients that may connect; checked for each new connection, and for each
 *     datagram
 */
public record ConnectionPolicy(
    PickerType balancing,
    Optional<Duration> affinity,
    HealthCheckPolicy healthCheck,
    Duration connectTimeout,
    Duration idleTimeout,
    Duration udpIdleTimeout,
    ConnectionLimits limits,
    SourceRanges sourceRanges) {

  /** How a backend is picked for a connection without session affinity. */
  public enum PickerType {
    ROUND_ROBIN,
    LEAST_CONNECTIONS
  }

  /**
   * The active TCP health check.
   *
   * @param rise consecutive successes after which a backend is healthy again
   * @param fall consecutive failures after which a backend is unhealthy
   */
  public record HealthCheckPolicy(Duration period, Duration timeout, int rise, int fall) {}
}
