package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.List;
import java.util.Map;

/**
 * An EndpointSlice, as far as a node has to remember it.
 *
 * @param endpoints per port of the slice; all of one address family
 */
public record EndpointSliceSnapshot(
    ServiceKey service, Map<EndpointPort, List<Endpoint>> endpoints) {

  public EndpointSliceSnapshot {
    endpoints = Map.copyOf(endpoints);
  }

  /** What a frontend matches by. The name is empty for a port that has none. */
  public record EndpointPort(String name, Protocol protocol) {}
}
