package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * Active TCP health check of backends, with the field names of a Pod's probe.
 *
 * @param successThreshold consecutive successes after which a backend is healthy (HAProxy's rise)
 * @param failureThreshold consecutive failures after which a backend is unhealthy (HAProxy's fall)
 */
public record HealthCheckSpec(
    @Required
        @Min(1) @Max(3600) @JsonPropertyDescription("The time between two checks of a backend, in seconds.")
        int periodSeconds,
    @Required
        @Min(1) @Max(300) @JsonPropertyDescription("The time after which a check fails, in seconds.")
        int timeoutSeconds,
    @Required
        @Min(1) @Max(100) @JsonPropertyDescription(
            "The number of consecutive successes that make an unhealthy backend healthy.")
        int successThreshold,
    @Required
        @Min(1) @Max(100) @JsonPropertyDescription(
            "The number of consecutive failures that make a backend unhealthy.")
        int failureThreshold) {

  /** As cloud load balancers check. A failed backend is detected within about six seconds. */
  public static final HealthCheckSpec DEFAULT = new HealthCheckSpec(2, 1, 2, 3);
}
