package dev.ballast.api.v1alpha1;

/** Load-balancing algorithm for a new connection of a client without session affinity. */
public enum BalancingAlgorithm {
  RoundRobin,
  LeastConnections
}
