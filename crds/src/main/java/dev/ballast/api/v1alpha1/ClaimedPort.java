package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/** Port of a shared address that belongs to one Service. */
public record ClaimedPort(
    @Required @JsonPropertyDescription("TCP, UDP or SCTP.") String protocol,
    @Required @Min(1) @Max(65535) @JsonPropertyDescription("The port number.") int port) {}
