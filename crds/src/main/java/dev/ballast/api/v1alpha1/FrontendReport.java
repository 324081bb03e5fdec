package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * Whether a port is listened on.
 *
 * @param reason why not, in CamelCase ({@code PortInUse}, {@code ProtocolNotSupported}); null when
 *     it listens
 * @param message the same for a person: what happened, why, what to do
 */
public record FrontendReport(
    @Required int port,
    @Required String protocol,
    @Required boolean listening,
    @JsonPropertyDescription("Why it is not listened on, in CamelCase.") @Nullable String reason,
    @JsonPropertyDescription("What happened, why, and what to do.") @Nullable String message) {}
