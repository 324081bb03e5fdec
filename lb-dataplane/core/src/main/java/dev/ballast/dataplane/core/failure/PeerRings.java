package dev.ballast.dataplane.core.failure;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which nodes exchange heartbeats and claims. Up to {@link #ALL_TO_ALL} nodes, all of them do. In a
 * larger cluster, the names are hashed onto four rings. A node exchanges heartbeats with the one
 * before and the one after it on each ring, as in Rapid (Suresh et al., USENIX ATC 2018). Several
 * rings connect a thousand nodes in five steps; one ring with eight neighbors would need 125. A
 * node that joins or leaves changes the neighbors of at most eight others.
 */
public final class PeerRings {

  /** So many nodes, with this one, all exchange heartbeats with each other. */
  public static final int ALL_TO_ALL = 50;

  private static final int RINGS = 4;

  private PeerRings() {}

  /** Whether a cluster of this node and so many others uses rings. */
  static boolean apply(int others) {
    return others + 1 > ALL_TO_ALL;
  }

  /**
   * The neighbors of a node. Of two nodes that know the same nodes, both are neighbors of each
   * other, or none is.
   *
   * @param others all other nodes with a data plane
   */
  public static Set<String> neighbors(String self, Collection<String> others) {
    if (!apply(others.size())) {
      return Set.copyOf(others);
    }
    Set<String> neighbors = new HashSet<>();
    for (int ring = 1; ring <= RINGS; ring++) {
      addBothSides(self, others, ring, neighbors);
    }
    return Set.copyOf(neighbors);
  }

  private static void addBothSides(
      String self, Collection<String> others, int ring, Set<String> neighbors) {
    long position = position(self, ring);
    String after = "";
    String before = "";
    long toAfter = 0;
    long toBefore = 0;
    for (String other : others) {
      // The way around the ring: differences of unsigned numbers wrap around.
      long distance = position(other, ring) - position;
      if (after.isEmpty() || isNearer(distance, other, toAfter, after)) {
        after = other;
        toAfter = distance;
      }
      if (before.isEmpty() || isNearer(-distance, other, toBefore, before)) {
        before = other;
        toBefore = -distance;
      }
    }
    neighbors.add(after);
    neighbors.add(before);
  }

  private static boolean isNearer(long distance, String other, long least, String nearest) {
    int order = Long.compareUnsigned(distance, least);
    return order < 0 || (order == 0 && other.compareTo(nearest) < 0);
  }

  private static long position(String name, int ring) {
    return NodeId.mix(NodeId.of(name) + ring * 0x9e3779b97f4a7c15L);
  }
}
