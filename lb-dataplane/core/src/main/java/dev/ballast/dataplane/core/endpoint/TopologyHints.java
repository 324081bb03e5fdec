package dev.ballast.dataplane.core.endpoint;

import java.util.Set;

/**
 * For whom an endpoint is meant, as {@code trafficDistribution} and topology-aware routing say it
 * in EndpointSlices (KEP-2433, KEP-3015); empty sets say nothing.
 */
public record TopologyHints(Set<String> nodes, Set<String> zones) {

  public static final TopologyHints NONE = new TopologyHints(Set.of(), Set.of());

  public TopologyHints {
    nodes = Set.copyOf(nodes);
    zones = Set.copyOf(zones);
  }
}
