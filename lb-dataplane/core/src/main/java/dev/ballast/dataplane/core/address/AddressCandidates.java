package dev.ballast.dataplane.core.address;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The members that may own an address. A member is off-link for an address if it has no network
 * interface in the address's subnet (RFC 4861). A machine of that subnet cannot reach it there, so
 * that it owns the address only if every member is off-link.
 *
 * @param members all members
 * @param offLink nodes that are off-link, members or not
 */
public record AddressCandidates(
    InetAddress address, Collection<String> members, Set<String> offLink) {

  /** The owner: a member that is on-link, or any member if none is; empty without members. */
  public Optional<String> owner() {
    Optional<String> onLink = firstOf(member -> !offLink.contains(member));
    return onLink.isPresent() ? onLink : RendezvousHash.ownerOf(address, members);
  }

  /** Whether the node owns the address if it is on-link, whatever {@code offLink} says of it. */
  public boolean isNext(String node) {
    return firstOf(member -> member.equals(node) || !offLink.contains(member))
        .equals(Optional.of(node));
  }

  private Optional<String> firstOf(Predicate<String> condition) {
    return RendezvousHash.ownerOf(
        address, offLink.isEmpty() ? members : members.stream().filter(condition).toList());
  }
}
