package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.AddressFamilyFilter;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.net.InetAddress;
import java.util.List;

/**
 * One port of a virtual server and what stands behind it.
 *
 * @param name of the Service port, empty when it has none
 * @param endpoints of a virtual server: of every family; of a {@link BindingConfig}: those behind
 *     its binding's address
 */
public record Frontend(String name, int port, Protocol protocol, List<Endpoint> endpoints) {

  public Frontend {
    endpoints = List.copyOf(endpoints);
  }

  /** What of this is seen at one address. */
  Frontend forAddress(InetAddress address) {
    return new Frontend(name, port, protocol, AddressFamilyFilter.filter(address, endpoints));
  }
}
