package dev.ballast.dataplane.core.reachability;

import dev.ballast.dataplane.core.address.RendezvousHash;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The node that checks an address from outside: the member that would own it next, among those with
 * an interface in its subnet. Every node computes the same one.
 */
public final class CheckingNode {

  /**
   * Empty if no other member is in the subnet.
   *
   * @param announcing the node that announces the address
   * @param onLink whether a member has an interface in the subnet of the address
   */
  public static Optional<String> of(
      InetAddress address,
      String announcing,
      Collection<String> members,
      Predicate<String> onLink) {
    List<String> candidates =
        members.stream().filter(node -> !node.equals(announcing) && onLink.test(node)).toList();
    return RendezvousHash.ownerOf(address, candidates);
  }

  private CheckingNode() {}
}
