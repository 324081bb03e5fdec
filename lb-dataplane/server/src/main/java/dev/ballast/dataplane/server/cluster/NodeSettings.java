package dev.ballast.dataplane.server.cluster;

import java.util.Set;

/**
 * Who this node is, and how it learns of its peers.
 *
 * @param name of the node, as Kubernetes has it
 */
public record NodeSettings(String name, Membership membership) {

  /** Where the names of the nodes that may own addresses come from. */
  public sealed interface Membership {

    /** The nodes with a ready Pod. The selector is in kubectl's words: {@code key=value,…}. */
    record PodMembership(String namespace, String selector) implements Membership {}

    /** A list that does not change. */
    record StaticMembership(Set<String> nodes) implements Membership {
      public StaticMembership {
        nodes = Set.copyOf(nodes);
      }
    }
  }
}
