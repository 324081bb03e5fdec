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
 * @param udpFlows the limits of UDP flows
 * @param sourceRanges the clients that may connect; checked for each new connection, and for each
 *     datagram
 */
public record ConnectionPolicy(
    PickerType balancing,
    Optional<Duration> affinity,
    HealthCheckPolicy healthCheck,
    Duration connectTimeout,
    Duration idleTimeout,
    UdpFlowPolicy udpFlows,
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

  /**
   * The limits of UDP flows. A flow is the datagrams between one client address and port and one
   * frontend.
   *
   * @param idleTimeout without a datagram in either direction; then the flow ends. Short, because
   *     nothing else ends a flow.
   * @param maxFlows at one address of a frontend. Each flow takes a file descriptor, and a client
   *     can open any number. A new flow evicts the one that was idle for longest.
   */
  public record UdpFlowPolicy(Duration idleTimeout, int maxFlows) {

    /**
     * At least as long as conntrack in the kernel keeps a flow; DNS resolvers and games send more
     * often.
     */
    public static final UdpFlowPolicy DEFAULT = new UdpFlowPolicy(Duration.ofSeconds(60), 16_384);
  }
}
