package dev.ballast.dataplane.core.failure;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Decides which nodes are dead in a cluster with rings, where a node hears its neighbors only. Two
 * nodes have to accuse a node, and nobody must have heard it lately, for as long as the word of a
 * node that hears it takes.
 */
final class AccusedNodes {

  /** So long a refutation has time to arrive. */
  static final Duration CONFIRMATION = Duration.ofMillis(200);

  private static final int WITNESSES = 2;

  private final ObservationTable table;
  private final long self;

  /** Since when nothing speaks against the death of a node. */
  private final Map<String, Long> since = new HashMap<>();

  AccusedNodes(ObservationTable table, long self) {
    this.table = table;
    this.self = self;
  }

  void clear() {
    since.clear();
  }

  /**
   * The dead nodes.
   *
   * @param names of the other members, by their {@link NodeId}
   * @param suspected by this node
   * @param heard the nodes that this node hears
   */
  Set<String> dead(Map<Long, String> names, Set<String> suspected, Set<String> heard, long now) {
    Set<Long> unreached = table.accusers(self);
    Set<String> dead = new HashSet<>();
    Set<String> accused = new HashSet<>();
    for (long id : table.accused()) {
      String node = names.get(id);
      if (node == null || heard.contains(node)) {
        continue;
      }
      Set<Long> accusers = table.accusers(id);
      // This node lives: who suspects it does not receive what others send.
      accusers.removeAll(unreached);
      int witnesses = accusers.size() + (suspected.contains(node) ? 1 : 0);
      if (!accusers.isEmpty() && table.isEnded(id)) {
        dead.add(node);
      } else if (witnesses >= WITNESSES && !table.isHeard(id)) {
        accused.add(node);
        if (now - since.computeIfAbsent(node, n -> now) >= CONFIRMATION.toNanos()) {
          dead.add(node);
        }
      }
    }
    since.keySet().retainAll(accused);
    return Set.copyOf(dead);
  }
}
