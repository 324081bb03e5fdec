package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * A Service that holds an address.
 *
 * @param uid tells a Service from a later one of the same name
 */
public record ServiceClaim(
    @Required @JsonPropertyDescription("Namespace of the Service.") String namespace,
    @Required @JsonPropertyDescription("Name of the Service.") String name,
    @Required @JsonPropertyDescription("UID of the Service: one made again later is another.")
        String uid) {}
