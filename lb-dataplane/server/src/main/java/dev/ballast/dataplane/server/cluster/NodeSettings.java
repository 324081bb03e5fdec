package dev.ballast.dataplane.server.cluster;

import java.util.Optional;
import java.util.Set;

/**
 * The name of this node, how it finds its peers, and which endpoints it connects to.
 *
 * @param name the name of the Node object
 */
public record NodeSettings(String name, Membership membership, EndpointSetting endpoints) {

  public NodeSettings(String name, Membership membership) {
    this(name, membership, EndpointSetting.ANY);
  }

  /** Whether this node exchanges heartbeats with others. */
  public boolean hasHeartbeats() {
    return membership instanceof Membership.PodMembership pods
        && pods.heartbeatSecret().isPresent();
  }

  /** The source of the nodes that may own addresses. */
  public sealed interface Membership {

    /**
     * The nodes with a ready Pod.
     *
     * @param selector in kubectl's syntax: {@code key=value,…}
     * @param heartbeatSecret the name of the Secret with the keys of heartbeats; empty: no
     *     heartbeats
     */
    record PodMembership(String namespace, String selector, Optional<String> heartbeatSecret)
        implements Membership {}

    /** A fixed list. */
    record StaticMembership(Set<String> nodes) implements Membership {
      public StaticMembership {
        nodes = Set.copyOf(nodes);
      }
    }
  }
}
