package dev.ballast.dataplane.server.relay.backend;

/** How a backend stands, in the words of a LoadBalancer's report. */
public enum BackendState {
  /** It takes new connections. */
  HEALTHY,
  /** Ready by its Pod's word, but the check of this node fails. */
  UNHEALTHY,
  /** Its Pod is not ready: no new connections. */
  NOT_READY,
  /** Its Pod is terminating: no new connections unless nothing else is there (KEP-1669). */
  DRAINING
}
