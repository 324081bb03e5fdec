package dev.ballast.dataplane.core.address;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The members that may own an address. A member is off-link for an address if it has no network
 * interface in the address's subnet (RFC 4861). A machine of that subnet cannot reach it there, so
 * that it owns the address only if every selected member is off-link. A member that the AddressPool
 * does not select never owns the address.
 *
 * @param members all members
 * @param offLink nodes that are off-link, members or not
 */
public record AddressCandidates(
    InetAddress address, Collection<String> members, Set<String> offLink, AnnouncePolicy policy) {

  public AddressCandidates(InetAddress address, Collection<String> members, Set<String> offLink) {
    this(address, members, offLink, AnnouncePolicy.ALL);
  }

  /**
   * The selected members that are on-link, or all selected members if none is; empty if the pool
   * selects no member.
   */
  public Collection<String> eligible() {
    Collection<String> selected = policy.selected(members);
    if (offLink.isEmpty()) {
      return selected;
    }
    List<String> onLink = selected.stream().filter(member -> !offLink.contains(member)).toList();
    return onLink.isEmpty() ? selected : onLink;
  }

  /**
   * The owner of an address that no node claims: a preferred one of the members that may own it, if
   * there is one. Empty if no member may own the address.
   */
  public Optional<String> owner() {
    return RendezvousHash.ownerOf(address, policy.preferred(eligible()));
  }

  /** These candidates, as a node of a version without announce policies sees them. */
  AddressCandidates withoutPolicy() {
    return new AddressCandidates(address, members, offLink);
  }
}
