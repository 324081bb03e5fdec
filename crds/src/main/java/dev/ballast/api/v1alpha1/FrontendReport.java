package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * State of one listener at a node.
 *
 * @param reason why the node does not listen, in CamelCase ({@code PortInUse}, {@code
 *     ProtocolNotSupported}); {@code NoBackend} if it listens and refuses connections, else null
 * @param message what happened, why, and what to do
 */
public record FrontendReport(
    @Required @JsonPropertyDescription("The port number.") int port,
    @Required @JsonPropertyDescription("TCP, UDP or SCTP.") String protocol,
    @Required @JsonPropertyDescription("Whether the node listens on the port.") boolean listening,
    @JsonPropertyDescription(
            "The reason in CamelCase if the node does not listen, or NoBackend if the port has no endpoint that can take connections.")
        @Nullable String reason,
    @JsonPropertyDescription("A message that says what happened, why, and what to do.")
        @Nullable String message) {

  /** Reason of a port that listens and refuses connections: no endpoint can take them. */
  public static final String NO_BACKEND = "NoBackend";
}
