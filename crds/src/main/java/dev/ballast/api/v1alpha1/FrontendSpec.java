package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * Listener of the load balancer: one port of the Service.
 *
 * @param name of the Service port, or empty; EndpointSlice ports are matched by it
 * @param protocol {@code TCP}, {@code UDP} or {@code SCTP}, as in the Service
 */
public record FrontendSpec(
    @Required
        @JsonPropertyDescription(
            "The name of the Service port. Ballast finds the ports of EndpointSlices by this name.")
        String name,
    @Required @Min(1) @Max(65535) @JsonPropertyDescription("The port number of the Service port.")
        int port,
    @Required @JsonPropertyDescription("TCP, UDP or SCTP.") String protocol) {}
