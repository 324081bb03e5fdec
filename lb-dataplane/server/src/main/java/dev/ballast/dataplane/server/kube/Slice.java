package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceId;
import java.util.List;
import java.util.Map;

/**
 * An EndpointSlice, as far as a node has to remember it.
 *
 * @param endpoints per port of the slice; all of one address family
 */
record Slice(ServiceId service, Map<Port, List<Endpoint>> endpoints) {

  Slice {
    endpoints = Map.copyOf(endpoints);
  }

  /** What a frontend matches by. The name is empty for a port that has none. */
  record Port(String name, Protocol protocol) {}
}
