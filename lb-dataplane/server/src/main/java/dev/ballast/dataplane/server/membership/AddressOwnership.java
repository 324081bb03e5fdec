package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.core.address.AddressCandidates;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which addresses this node owns. A node that is off-link for an address reports that, and the
 * other nodes leave it out when they compute the owner. Only a node that owns the address otherwise
 * has to report: the next one then reports in turn, until a node is on-link or all have reported.
 *
 * <p>This node knows its own interfaces, and those of others from their reports. It asks for each
 * address once, so that one reconciliation decides by one state of the interfaces. One thread uses
 * it.
 */
public final class AddressOwnership {

  private final String self;
  private final Members members;
  private final Predicate<InetAddress> onLink;
  private final Map<InetAddress, Boolean> offLink = new HashMap<>();

  /**
   * @param onLink whether an interface of this node is in the subnet of an address
   */
  public AddressOwnership(String self, Members members, Predicate<InetAddress> onLink) {
    this.self = self;
    this.members = members;
    this.onLink = onLink;
  }

  public String self() {
    return self;
  }

  public Members members() {
    return members;
  }

  /** Whether no interface of this node is in the subnet of the address. */
  public boolean isOffLink(InetAddress address) {
    return offLink.computeIfAbsent(address, a -> !onLink.test(a));
  }

  /**
   * Whether this node owns the address.
   *
   * @param reported the nodes that report that they are off-link
   */
  public boolean owns(InetAddress address, Set<String> reported) {
    if (!candidates(address, reported).isNext(self)) {
      return false;
    }
    if (!isOffLink(address)) {
      return true;
    }
    Set<String> all = new HashSet<>(reported);
    all.add(self);
    return candidates(address, all).owner().equals(Optional.of(self));
  }

  /**
   * Whether this node reports that it is off-link. A report stays as long as it is true, although
   * it may be needless by now: the restart of another node would remove it and bring it back.
   *
   * @param reported the nodes that report that they are off-link
   */
  public boolean reportsOffLink(InetAddress address, Set<String> reported) {
    boolean due =
        reported.contains(self)
            ? !members.excluded().contains(self)
            : candidates(address, reported).isNext(self);
    return due && isOffLink(address);
  }

  private AddressCandidates candidates(InetAddress address, Set<String> reported) {
    return new AddressCandidates(address, members.nodes(), reported);
  }
}
