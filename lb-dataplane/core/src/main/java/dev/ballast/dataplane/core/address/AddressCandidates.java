package dev.ballast.dataplane.core.address;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** The members that are on-link, or all members if none is; empty without members. */
  public Collection<String> eligible() {
    if (offLink.isEmpty()) {
      return members;
    }
    List<String> onLink = members.stream().filter(member -> !offLink.contains(member)).toList();
    return onLink.isEmpty() ? members : onLink;
  }

  /** The owner of an address that no node claims; empty without members. */
  public Optional<String> owner() {
    return RendezvousHash.ownerOf(address, eligible());
  }
}
