package dev.ballast.dataplane.core.endpoint;

import java.net.InetAddress;
import java.util.List;

/** Which of a Service's endpoints stand behind an address, by IP family. */
public final class AddressFamilyFilter {

  private AddressFamilyFilter() {}

  /**
   * Those of the address's own family: the Pod then gets what a direct connection would be, and a
   * dual-stack Pod counts once. A Service that has none of that family is served by the others,
   * since a proxy can: its connection to the Pod is another one than the client's. Keeps the order.
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
