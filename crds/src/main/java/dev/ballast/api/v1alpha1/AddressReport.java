package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * An address that a node should answer for and does not.
 *
 * @param message for a person
 */
public record AddressReport(
    @Required String address,
    @Required @JsonPropertyDescription("One word, for machines.") String reason,
    @Required @JsonPropertyDescription("What happened, why, and what to do.") String message) {}
