package dev.ballast.dataplane.core.endpoint;

import java.net.InetAddress;
import java.util.List;

/** Filters the endpoints of a Service by the IP family of a load balancer address. */
public final class AddressFamilyFilter {

  private AddressFamilyFilter() {}

  /**
   * Returns the endpoints of the address's own family: so a connection keeps its family on the way
   * to the Pod, and a dual-stack Pod counts once. If there are none, returns all endpoints: a proxy
   * can use the other family, because it opens a connection of its own to the Pod. Keeps the order.
   */
  public static List<Endpoint> filter(InetAddress address, List<Endpoint> endpoints) {
    AddressFamily family = AddressFamily.of(address);
    List<Endpoint> same =
        endpoints.stream()
            .filter(endpoint -> AddressFamily.of(endpoint.address()) == family)
            .toList();
    return same.isEmpty() ? endpoints : same;
  }
}
