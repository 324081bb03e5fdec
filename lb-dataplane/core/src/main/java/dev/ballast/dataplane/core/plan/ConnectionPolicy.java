package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.source.SourceRanges;
import java.time.Duration;
import java.util.Optional;

/**
 * How connections are treated.
 *
 * @param affinity how long a client keeps its backend ({@code sessionAffinity: ClientIP}); empty:
 *     no affinity
 * @param connectTimeout for one backend to accept, after which another one is tried
 * @param idleTimeout without a byte either way, after which a connection is closed
 * @param udpFlows what stands for connections under UDP
 * @param sourceRanges who may connect; asked for each new connection, and for each datagram
 */
public record ConnectionPolicy(
    PickerType balancing,
    Optional<Duration> affinity,
    HealthCheckPolicy healthCheck,
    Duration connectTimeout,
    Duration idleTimeout,
    UdpFlowPolicy udpFlows,
    SourceRanges sourceRanges) {

  /** How a backend is picked for a connection that no affinity binds. */
  public enum PickerType {
    ROUND_ROBIN,
    LEAST_CONNECTIONS
  }

  /**
   * The active TCP check.
   *
   * @param rise successes in a row after which a backend is healthy again
   * @param fall failures in a row after which it no longer is
   */
  public record HealthCheckPolicy(Duration period, Duration timeout, int rise, int fall) {}

  /**
   * A flow is what one address and port of a client sends to one frontend.
   *
   * @param idleTimeout without a datagram either way, after which a flow is forgotten; short,
   *     because nothing else ends one
   * @param maxFlows at one address of a frontend; each takes a descriptor, and a client can make up
   *     any number. The one that was quiet for longest gives way to a new one.
   */
  public record UdpFlowPolicy(Duration idleTimeout, int maxFlows) {

    /** As conntrack keeps a flow in the kernel, or longer; resolvers and games ask more often. */
    public static final UdpFlowPolicy DEFAULT = new UdpFlowPolicy(Duration.ofSeconds(60), 16_384);
  }
}
