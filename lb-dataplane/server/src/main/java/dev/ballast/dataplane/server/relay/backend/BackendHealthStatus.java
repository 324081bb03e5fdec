package dev.ballast.dataplane.server.relay.backend;

/** The state of a backend, as {@code status.nodes[].backends} of a LoadBalancer reports it. */
public enum BackendHealthStatus {
  /** Gets new connections. */
  HEALTHY,
  /** The Pod is ready, but the health check of this node fails. */
  UNHEALTHY,
  /** The Pod is not ready: no new connections. */
  NOT_READY,
  /** The Pod is terminating: no new connections unless there is no other backend (KEP-1669). */
  DRAINING
}
