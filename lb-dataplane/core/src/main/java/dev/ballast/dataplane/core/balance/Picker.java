package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import java.util.List;

/** A load-balancing algorithm over a fixed list of candidates. Thread-safe. */
public sealed interface Picker permits RoundRobin, LeastConnections, SourceHash {

  /** The result when every candidate was tried, or there are none. */
  int NONE = -1;

  /** Returns the index of the candidate to try, or {@link #NONE}. */
  int pick(PickContext context);

  /**
   * The picker for {@code policy}. Session affinity overrides the algorithm: all connections of a
   * client address must go to the same backend.
   *
   * @param key of the Service, the same on every node. Clients can choose their address; with a key
   *     for each Service, a collision that works for one Service does not work for another.
   */
  static Picker of(ConnectionPolicy policy, List<Endpoint> candidates, long key) {
    if (policy.affinity().isPresent()) {
      return new SourceHash(candidates, key);
    }
    return switch (policy.balancing()) {
      case ROUND_ROBIN -> new RoundRobin(candidates.size());
      case LEAST_CONNECTIONS -> new LeastConnections(candidates.size());
    };
  }
}
