package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * Something on a node that can keep its addresses from working.
 *
 * @param message what is wrong, and why it matters
 * @param remedy what to do about it
 */
public record NodeFinding(
    @Required @JsonPropertyDescription("The reason in CamelCase.") String reason,
    @Required @JsonPropertyDescription("What is wrong with the node, and why it matters.")
        String message,
    @Required @JsonPropertyDescription("What to do about it.") String remedy) {}
