package dev.ballast.dataplane.core.address;

import dev.ballast.dataplane.core.Hashing;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;

/**
 * The node that takes an address, by rendezvous hashing (Thaler and Ravishankar, 1998): each node
 * has a weight for the address and the greatest one wins. So the answer needs no state, does not
 * depend on the order in which nodes are named, and a node that comes or goes moves no address but
 * its own.
 */
public final class RendezvousHash {

  private RendezvousHash() {}

  /**
   * The owner of {@code address} among {@code nodes}; empty when there are none. Nodes named twice
   * count once.
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
