package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * An active TCP check, in the words of a Pod's probes.
 *
 * @param successThreshold successes in a row after which a backend counts as healthy (rise)
 * @param failureThreshold failures in a row after which it no longer does (fall)
 */
public record HealthCheckSpec(
    @Required @Min(1) @Max(3600) int periodSeconds,
    @Required @Min(1) @Max(300) int timeoutSeconds,
    @Required
        @Min(1) @Max(100) @JsonPropertyDescription("Successes in a row that make a backend healthy again.")
        int successThreshold,
    @Required
        @Min(1) @Max(100) @JsonPropertyDescription("Failures in a row that make a backend unhealthy.")
        int failureThreshold) {

  /** Cloud load balancers' usual pace: a dead backend leaves within about six seconds. */
  public static final HealthCheckSpec DEFAULT = new HealthCheckSpec(2, 1, 2, 3);
}
