package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.AddressFamilyFilter;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.net.InetAddress;
import java.util.List;

/**
 * One port of a virtual server and its endpoints.
 *
 * @param name of the Service port, empty when it has none
 * @param endpoints in a virtual server, of every IP family; in a {@link BindingConfig}, those for
 *     the address of its binding
 */
public record Frontend(String name, int port, Protocol protocol, List<Endpoint> endpoints) {

  public Frontend {
    endpoints = List.copyOf(endpoints);
  }

  /** This frontend with the endpoints for one address. */
  Frontend forAddress(InetAddress address) {
    return new Frontend(name, port, protocol, AddressFamilyFilter.filter(address, endpoints));
  }
}
