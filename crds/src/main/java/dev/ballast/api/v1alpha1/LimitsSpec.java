package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a Service on each node that serves it. A UDP flow counts as a connection. Null means
 * that only the budget of the node limits the Service.
 *
 * @param connections open connections of all clients
 * @param newConnectionsPerSecond new connections of all clients; a second's worth may come at once
 * @param connectionsPerClient open connections of one client address
 * @param connectionsPerBackend open connections to one endpoint of one port
 */
public record LimitsSpec(
    @Min(1) @Max(10_000_000) @JsonPropertyDescription("The maximum number of open connections and UDP flows.")
        @Nullable Integer connections,
    @Min(1) @Max(10_000_000) @JsonPropertyDescription("The maximum number of new connections and UDP flows in a second.")
        @Nullable Integer newConnectionsPerSecond,
    @Min(1) @Max(10_000_000) @JsonPropertyDescription(
            "The maximum number of open connections and UDP flows of one client address.")
        @Nullable Integer connectionsPerClient,
    @Min(1) @Max(10_000_000) @JsonPropertyDescription(
            "The maximum number of open connections and UDP flows to one endpoint of a port.")
        @Nullable Integer connectionsPerBackend) {

  /** Only the budget of the node limits the Service. */
  public static final LimitsSpec NONE = new LimitsSpec(null, null, null, null);
}
