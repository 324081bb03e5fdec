package dev.ballast.dataplane.core.endpoint;

import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;

/** What a load balancer may do with an endpoint, as kube-proxy reads the conditions; most first. */
public enum EndpointAvailability {
  /** Takes new connections. */
  UP,
  /** Terminating but still serving: takes new connections only when none is UP (KEP-1669). */
  FALLBACK,
  /** Terminating and no longer serving: keeps its connections, gets no new one. */
  DRAINING,
  /** Keeps its connections, gets no new one, and may come back. */
  NOT_READY;

  /**
   * Whether it answers those who are with it already; a UDP flow that it does not goes elsewhere.
   */
  public boolean isServing() {
    return this == UP || this == FALLBACK;
  }

  /**
   * {@code ready} comes first, even on a terminating endpoint: only a Service with {@code
   * publishNotReadyAddresses} has such endpoints, and it asks for exactly this.
   */
  public static EndpointAvailability of(EndpointConditions conditions) {
    if (conditions.ready()) {
      return UP;
    }
    if (!conditions.terminating()) {
      return NOT_READY;
    }
    return conditions.serving() ? FALLBACK : DRAINING;
  }
}
