package dev.ballast.operator.ipam;

import java.util.List;
import java.util.Map;

/**
 * Addresses of the cluster that are not for load balancers.
 *
 * @param nodes the nodes' own, with the node's name: never given
 * @param others ranges with a word for them, as {@code the Pod CIDR of node n1}: reported where a
 *     pool has some of theirs
 */
public record Surroundings(Map<IpAddress, String> nodes, List<Named> others) {

  public static final Surroundings NONE = new Surroundings(Map.of(), List.of());

  public Surroundings {
    nodes = Map.copyOf(nodes);
    others = List.copyOf(others);
  }

  /** A range, and what it is. */
  public record Named(String word, AddressRange range) {}
}
