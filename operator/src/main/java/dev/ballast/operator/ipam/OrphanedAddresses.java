package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Optional;

/**
 * Allocated addresses that are in no pool, or only in a pool that is being deleted. Their holders
 * keep them.
 */
public final class OrphanedAddresses {

  private final IpamState state;

  OrphanedAddresses(IpamState state) {
    this.state = state;
  }

  /** Why the address is orphaned, as a clause of a message; empty if it is not. */
  public Optional<String> reason(IpAddress address) {
    synchronized (state) {
      if (!state.orphans.contains(address)) {
        return Optional.empty();
      }
      return state
          .pools
          .poolOf(address)
          .map(pool -> "AddressPool " + pool.name() + " is being deleted")
          .or(() -> state.pools.exclusionReason(address, null))
          .or(() -> Optional.of("no AddressPool contains it"));
    }
  }

  public int count() {
    synchronized (state) {
      return state.orphans.size();
    }
  }
}
