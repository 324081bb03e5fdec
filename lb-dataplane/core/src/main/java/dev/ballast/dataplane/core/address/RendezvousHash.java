package dev.ballast.dataplane.core.address;

import dev.ballast.dataplane.core.Hashing;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;

/**
 * Selects the owner of an address by rendezvous hashing (Thaler and Ravishankar, 1998): each node
 * has a weight for the address, and the greatest weight wins. So the result needs no state and does
 * not depend on the order of the nodes. A node that joins or leaves moves no addresses but its own.
 */
public final class RendezvousHash {

  private RendezvousHash() {}

  /**
   * Returns the owner of {@code address} among {@code nodes}; empty when there are none. Duplicate
   * names count once.
   */
  public static Optional<String> ownerOf(InetAddress address, Collection<String> nodes) {
    long key = Hashing.of(address.getAddress(), 0);
    String owner = null;
    long best = 0;
    for (String node : nodes) {
      long weight = Hashing.of(node, key);
      if (owner == null || isGreater(weight, node, best, owner)) {
        owner = node;
        best = weight;
      }
    }
    return Optional.ofNullable(owner);
  }

  private static boolean isGreater(long weight, String node, long best, String owner) {
    int order = Long.compareUnsigned(weight, best);
    return order > 0 || (order == 0 && node.compareTo(owner) < 0);
  }
}
