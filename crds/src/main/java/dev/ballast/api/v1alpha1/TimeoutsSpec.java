package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * Time-outs of one connection, or of one flow of UDP.
 *
 * @param connectMilliseconds to a backend, after which another one is tried
 * @param idleSeconds without a byte either way, after which the connection is closed
 * @param udpIdleSeconds without a datagram either way, after which a flow is forgotten; null:
 *     {@value #UDP_IDLE_SECONDS}
 */
public record TimeoutsSpec(
    @Required
        @Min(10) @Max(600_000) @JsonPropertyDescription("Time a backend has to accept before another one is tried.")
        int connectMilliseconds,
    @Required
        @Min(1) @Max(86_400) @JsonPropertyDescription("Time without a byte either way before a connection is closed.")
        int idleSeconds,
    @Min(1) @Max(3600) @JsonPropertyDescription(
            "Time without a datagram either way before a flow of UDP is forgotten.")
        @Nullable Integer udpIdleSeconds) {

  /** As conntrack keeps a flow in the kernel, or longer; resolvers and games ask more often. */
  public static final int UDP_IDLE_SECONDS = 60;

  /** Idle: 350 s, as AWS's NLB, the figure long-lived clients already cope with. */
  public static final TimeoutsSpec DEFAULT = new TimeoutsSpec(1000, 350, UDP_IDLE_SECONDS);
}
