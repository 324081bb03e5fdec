package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import java.util.List;

/** Picks one of the candidates it was made for. Thread-safe. */
public sealed interface Picker permits RoundRobin, LeastConnections, SourceHash {

  /** The answer when every candidate was tried, or there was none. */
  int NONE = -1;

  /** Index of the candidate to try, or {@link #NONE}. */
  int pick(PickContext context);

  /**
   * The picker that {@code policy} asks for. Affinity decides alone: two clients of one address
   * must meet at one backend whatever the balancing.
   *
   * @param key the same for the same Service on every node; clients choose their address, and a key
   *     of its own keeps what they learn about one Service from working on another one
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
