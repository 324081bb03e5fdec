package dev.ballast.dataplane.core.failure;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Decides which suspected nodes are dead. A single suspicion may be the fault of the node that has
 * it. So a second node has to suspect the same one. A node that hears nobody has no second node to
 * ask. It asks on the link: its gateway tells whether its own network works, and the kernel of the
 * suspected node answers if only heartbeats are lost, such as by a firewall.
 */
public final class DeadNodes {

  private DeadNodes() {}

  /**
   * Whether other nodes may consider this one dead, so that they take over. A process cannot notice
   * that its virtual machine was suspended: its clock stopped too. But others have missed it.
   *
   * @param witnesses the nodes that have missed the heartbeats of this one
   * @param heard the nodes that this one hears
   */
  public static boolean mayInclude(Set<String> witnesses, Set<String> heard) {
    long count = witnesses.stream().filter(heard::contains).count();
    return count > 0 && count >= Math.min(2, heard.size());
  }

  /**
   * The dead nodes among the members.
   *
   * @param members every node that the API server considers alive
   * @param suspected by this node
   * @param ended the nodes whose process has ended for certain
   * @param heard the latest word of the nodes that are not suspected
   */
  public static Set<String> of(
      String self,
      Collection<String> members,
      Set<String> suspected,
      Set<String> ended,
      Map<String, HeartbeatContent> heard,
      NeighborAnswers neighbors) {
    Set<String> accused =
        heard.values().stream()
            .map(HeartbeatContent::suspected)
            // This node lives: who suspects it does not receive what others send.
            .filter(names -> !names.contains(self))
            .flatMap(Set::stream)
            .collect(Collectors.toSet());
    // One that this process never heard may have died before the process started.
    Predicate<String> confirmed =
        heard.isEmpty()
            ? node ->
                suspected.contains(node) && neighbors.gateway() && neighbors.silent().contains(node)
            : accused::contains;
    return members.stream()
        .filter(node -> !node.equals(self) && !heard.containsKey(node))
        .filter(confirmed.or(ended::contains))
        .collect(Collectors.toUnmodifiableSet());
  }
}
