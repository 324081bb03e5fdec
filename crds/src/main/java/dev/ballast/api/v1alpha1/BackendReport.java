package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * The health of one backend, as a cloud's console lists it.
 *
 * @param state {@code Healthy}, {@code Unhealthy} (the check fails), {@code NotReady} or {@code
 *     Draining} (the Pod's own words: no new connections)
 */
public record BackendReport(
    @Required String address,
    @Required int port,
    @JsonPropertyDescription("The Pod behind it.") @Nullable String pod,
    @JsonPropertyDescription("The node that the Pod runs on.") @Nullable String node,
    @Required @JsonPropertyDescription("Healthy, Unhealthy, NotReady or Draining.") String state,
    @JsonPropertyDescription("Why it is not healthy.") @Nullable String message) {

  /** The state of a backend whose health check fails. */
  public static final String UNHEALTHY = "Unhealthy";
}
