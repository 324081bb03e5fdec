package dev.ballast.dataplane.core.endpoint;

import java.util.List;

/** Selects the endpoints that may get a new connection. */
public final class EndpointCandidates {

  private EndpointCandidates() {}

  /**
   * Returns the endpoints that are UP; when there are none, those that terminate but still serve,
   * so that a rollout of the last Pod loses no connection (KEP-1669). Keeps the order.
   */
  public static List<Endpoint> of(List<Endpoint> endpoints) {
    List<Endpoint> up = with(EndpointAvailability.UP, endpoints);
    return up.isEmpty() ? with(EndpointAvailability.FALLBACK, endpoints) : up;
  }

  private static List<Endpoint> with(EndpointAvailability availability, List<Endpoint> endpoints) {
    return endpoints.stream()
        .filter(endpoint -> EndpointAvailability.of(endpoint.conditions()) == availability)
        .toList();
  }
}
