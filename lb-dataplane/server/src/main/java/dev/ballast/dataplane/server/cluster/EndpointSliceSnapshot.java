package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.List;
import java.util.Map;

/**
 * The fields of an EndpointSlice that the data plane uses.
 *
 * @param endpoints per port of the slice; all of one address family
 */
public record EndpointSliceSnapshot(
    ServiceKey service, Map<EndpointPort, List<Endpoint>> endpoints) {

  public EndpointSliceSnapshot {
    endpoints = Map.copyOf(endpoints);
  }

  /** The key by which a frontend finds its endpoints. The name of an unnamed port is empty. */
  public record EndpointPort(String name, Protocol protocol) {}
}
