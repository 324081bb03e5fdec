package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Optional;

/**
 * Addresses that another machine of the LAN uses. The allocator assigns them only to a Service that
 * requests one by its address; a holder that did not request it gets another address.
 */
public final class LanAddressConflicts {

  private final IpamState state;

  LanAddressConflicts(IpamState state) {
    this.state = state;
  }

  /**
   * Withholds the address.
   *
   * @param reason as a clause of a message
   * @return false if the address was in conflict already
   */
  public boolean add(IpAddress address, String reason) {
    synchronized (state) {
      boolean added = state.conflicts.put(address, reason) == null;
      state.withholdConflicting(address);
      return added;
    }
  }

  /** Returns the address to its pool; false if it was not in conflict. */
  public boolean remove(IpAddress address) {
    synchronized (state) {
      boolean removed = state.conflicts.remove(address) != null;
      if (removed && state.allocations.get(address) == null) {
        state.pools.poolOf(address).ifPresent(pool -> pool.release(address, ""));
      }
      return removed;
    }
  }

  /** Why the address is in conflict, as a clause of a message; empty if it is not. */
  public Optional<String> reason(IpAddress address) {
    synchronized (state) {
      return Optional.ofNullable(state.conflicts.get(address));
    }
  }

  public int count() {
    synchronized (state) {
      return state.conflicts.size();
    }
  }
}
