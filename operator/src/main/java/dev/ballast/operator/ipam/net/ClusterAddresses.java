package dev.ballast.operator.ipam.net;

import java.util.List;
import java.util.Map;

/**
 * Addresses of the cluster that are not for load balancers.
 *
 * @param nodes the nodes' own, with the node's name: never given
 * @param others ranges with a word for them, as {@code the Pod CIDR of node n1}: reported where a
 *     pool has some of theirs
 */
public record ClusterAddresses(Map<IpAddress, String> nodes, List<NamedRange> others) {

  public static final ClusterAddresses NONE = new ClusterAddresses(Map.of(), List.of());

  public ClusterAddresses {
    nodes = Map.copyOf(nodes);
    others = List.copyOf(others);
  }

  /** A range, and what it is. */
  public record NamedRange(String word, AddressRange range) {}
}
