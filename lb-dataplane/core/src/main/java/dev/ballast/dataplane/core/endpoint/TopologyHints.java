package dev.ballast.dataplane.core.endpoint;

import java.util.Set;

/**
 * The topology hints of an endpoint: the nodes and zones that should use it, as {@code
 * trafficDistribution} and topology-aware routing set them in EndpointSlices (KEP-2433, KEP-3015).
 * Empty sets are no hint.
 */
public record TopologyHints(Set<String> nodes, Set<String> zones) {

  public static final TopologyHints NONE = new TopologyHints(Set.of(), Set.of());

  public TopologyHints {
    nodes = Set.copyOf(nodes);
    zones = Set.copyOf(zones);
  }
}
