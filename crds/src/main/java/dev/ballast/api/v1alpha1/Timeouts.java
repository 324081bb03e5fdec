package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * Time-outs of one connection.
 *
 * @param connectMilliseconds to a backend, after which another one is tried
 * @param idleSeconds without a byte either way, after which the connection is closed
 */
public record Timeouts(
    @Required
        @Min(10) @Max(600_000) @JsonPropertyDescription("Time a backend has to accept before another one is tried.")
        int connectMilliseconds,
    @Required
        @Min(1) @Max(86_400) @JsonPropertyDescription("Time without a byte either way before a connection is closed.")
        int idleSeconds) {

  /** Idle: 350 s, as AWS's NLB, the figure long-lived clients already cope with. */
  public static final Timeouts DEFAULT = new Timeouts(1000, 350);
}
