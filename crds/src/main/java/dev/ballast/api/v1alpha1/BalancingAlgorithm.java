package dev.ballast.api.v1alpha1;

/** How a backend is picked for a new connection that no affinity binds. */
public enum BalancingAlgorithm {
  RoundRobin,
  LeastConnections
}
