package dev.ballast.dataplane.server.heartbeat;

import java.util.Set;

/**
 * What this node knows about others by their heartbeats. About a node in none of the sets it knows
 * nothing, so what the API server says counts. In a large cluster, a node hears its neighbors only.
 * They pass on which other nodes are dead.
 *
 * @param eligible nodes that are alive and can own addresses
 * @param ineligible nodes that are alive, and cannot own addresses now
 * @param dead nodes that have failed: no process of the data plane lives there, or no network
 * @param ended those of the dead nodes whose process has ended for certain, so that it cannot
 *     answer for any address
 */
public record NodeLiveness(
    Set<String> eligible, Set<String> ineligible, Set<String> dead, Set<String> ended) {

  /** Nothing is known about any node. */
  public static final NodeLiveness UNKNOWN =
      new NodeLiveness(Set.of(), Set.of(), Set.of(), Set.of());

  public NodeLiveness {
    eligible = Set.copyOf(eligible);
    ineligible = Set.copyOf(ineligible);
    dead = Set.copyOf(dead);
    ended = Set.copyOf(ended);
  }
}
