package dev.ballast.dataplane.core.endpoint;

import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;

/** How a load balancer may use an endpoint, by the conditions that kube-proxy uses too. */
public enum EndpointAvailability {
  /** Gets new connections. */
  UP,
  /** Terminating but still serving: gets new connections only when no endpoint is UP (KEP-1669). */
  FALLBACK,
  /** Terminating and no longer serving: keeps its connections, gets no new one. */
  DRAINING,
  /** Not ready: keeps its connections, gets no new one, and may become ready again. */
  NOT_READY;

  /**
   * Whether it still serves existing clients. A UDP flow of an endpoint that does not moves to
   * another endpoint.
   */
  public boolean isServing() {
    return this == UP || this == FALLBACK;
  }

  /**
   * {@code ready} takes precedence over {@code terminating}: only a Service with {@code
   * publishNotReadyAddresses} has endpoints with both, and it requests this behavior.
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
