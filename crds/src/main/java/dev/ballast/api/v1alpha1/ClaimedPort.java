package dev.ballast.api.v1alpha1;

import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/** One port of a shared address, which one Service has. */
public record ClaimedPort(@Required String protocol, @Required @Min(1) @Max(65535) int port) {}
