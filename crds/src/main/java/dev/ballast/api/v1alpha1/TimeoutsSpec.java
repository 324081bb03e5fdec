package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * Timeouts of a connection or of a UDP flow.
 *
 * @param connectMilliseconds connect timeout, after which another backend is tried
 * @param idleSeconds time without a byte in either direction, after which the connection is closed
 * @param udpIdleSeconds time without a datagram in either direction, after which the flow ends;
 *     null means {@value #UDP_IDLE_SECONDS}
 */
public record TimeoutsSpec(
    @Required
        @Min(10) @Max(600_000) @JsonPropertyDescription(
            "The time in milliseconds that a backend has to accept a connection. Then Ballast tries another backend.")
        int connectMilliseconds,
    @Required
        @Min(1) @Max(604_800) @JsonPropertyDescription(
            "The time in seconds without data in either direction after which a connection is closed.")
        int idleSeconds,
    @Min(1) @Max(86_400) @JsonPropertyDescription(
            "The time in seconds without a datagram in either direction after which a UDP flow ends. If not set, it is 60.")
        @Nullable Integer udpIdleSeconds) {

  /** At least as long as conntrack in the kernel keeps a flow. DNS and games send more often. */
  public static final int UDP_IDLE_SECONDS = 60;

  /**
   * The kernel sends a lost SYN again after one second (RFC 6298), which must not count as a failed
   * backend. Connections may be idle for 350 s, as with AWS's NLB: long-lived clients expect this
   * value.
   */
  public static final TimeoutsSpec DEFAULT = new TimeoutsSpec(2000, 350, UDP_IDLE_SECONDS);
}
