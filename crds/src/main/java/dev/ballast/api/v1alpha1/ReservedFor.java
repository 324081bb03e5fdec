package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * For whom an address is kept.
 *
 * @param service null: any Service of the namespace
 */
public record ReservedFor(
    @Required
        @Size(min = 1, max = 63) @JsonPropertyDescription("Namespace of the Services that may have it.")
        String namespace,
    @Size(min = 1, max = 63) @JsonPropertyDescription(
            "Name of the one Service that may have it; left out: any of the namespace.")
        @Nullable String service) {}
