package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * State of one backend at a node.
 *
 * @param state {@code Healthy}, {@code Unhealthy} (the health check fails), {@code NotReady},
 *     {@code Draining} (the Pod terminates and gets no new connections) or {@code Refused} (the
 *     node connects to none of the endpoints that the message counts)
 */
public record BackendReport(
    @Required @JsonPropertyDescription("The IP address of the backend.") String address,
    @Required @JsonPropertyDescription("The port of the backend.") int port,
    @JsonPropertyDescription("The Pod that the address belongs to.") @Nullable String pod,
    @JsonPropertyDescription("The node that the Pod runs on.") @Nullable String node,
    @Required
        @JsonPropertyDescription(
            "Healthy, Unhealthy, NotReady, Draining or Refused. Unhealthy means that the health check fails. Refused"
                + " means that the data plane does not connect to the endpoint.")
        String state,
    @JsonPropertyDescription("The reason why the backend is not healthy.")
        @Nullable String message) {

  /** The state of a backend whose health check fails. */
  public static final String UNHEALTHY = "Unhealthy";

  /** The state of an endpoint that gets no connections, and is not counted as a backend. */
  public static final String REFUSED = "Refused";
}
