package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * Selects the Services that an Address is reserved for.
 *
 * @param service null selects all Services of the namespace
 */
public record ReservedFor(
    @Required
        @Size(min = 1, max = 63) @JsonPropertyDescription("The namespace of the Services that can have the address.")
        String namespace,
    @Size(min = 1, max = 63) @JsonPropertyDescription(
            "The name of the Service that can have the address. If not set, all Services of the namespace can have it.")
        @Nullable String service) {}
