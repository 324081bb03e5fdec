package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * One port of the Service.
 *
 * @param name of the Service port, empty when it has none; EndpointSlice ports match by it
 * @param protocol {@code TCP}, {@code UDP} or {@code SCTP}, as in the Service
 */
public record FrontendSpec(
    @Required @JsonPropertyDescription("Name of the Service port; EndpointSlice ports match by it.")
        String name,
    @Required @Min(1) @Max(65535) int port,
    @Required String protocol) {}
