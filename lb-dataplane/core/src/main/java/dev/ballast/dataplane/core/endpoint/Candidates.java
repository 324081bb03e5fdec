package dev.ballast.dataplane.core.endpoint;

import java.util.List;

/** The endpoints that may take a new connection. */
public final class Candidates {

  private Candidates() {}

  /**
   * Those that are UP; when there are none, those that terminate but still serve, so that rolling
   * the last Pod loses no connection (KEP-1669); empty when there are none of these either. Keeps
   * the order.
   */
  public static List<Endpoint> of(List<Endpoint> endpoints) {
    List<Endpoint> up = with(Availability.UP, endpoints);
    return up.isEmpty() ? with(Availability.FALLBACK, endpoints) : up;
  }

  private static List<Endpoint> with(Availability availability, List<Endpoint> endpoints) {
    return endpoints.stream()
        .filter(endpoint -> Availability.of(endpoint.conditions()) == availability)
        .toList();
  }
}
