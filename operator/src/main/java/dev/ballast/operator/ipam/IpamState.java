package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.PoolTable;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The state that the classes of this package share. It is also their lock: each of them
 * synchronizes on this object, because one decision reads pools, allocations and conflicts. Not
 * thread-safe by itself.
 */
final class IpamState {

  final PoolTable pools = new PoolTable(this::forEachAllocated);
  final AllocationTable allocations = new AllocationTable();

  /** Addresses that another machine of the LAN uses, with the reason in words. */
  final Map<IpAddress, String> conflicts = new TreeMap<>();

  /** Allocated addresses that are in no pool, or only in a pool that is being deleted. */
  final Set<IpAddress> orphans = new HashSet<>();

  /** Labels by the name of the namespace. */
  final Map<String, Map<String, String>> namespaceLabels = new HashMap<>();

  /** Records the allocation, in place of an earlier one of this address. */
  void allocate(IpAddress address, Allocation allocation) {
    allocations.put(address, allocation);
    pools
        .poolOf(address)
        .ifPresent(pool -> pool.markAllocated(address, allocation.quotaNamespace()));
    if (!pools.hasLastingPool(address)) {
      orphans.add(address);
    }
  }

  /** Frees the address. */
  void release(IpAddress address, Allocation allocation) {
    allocations.remove(address);
    orphans.remove(address);
    pools
        .poolOf(address)
        .ifPresent(pool -> pool.release(address, allocation.firstHolder().toString()));
    withholdConflicting(address);
  }

  /** Takes the address out of its pool if it is in conflict and not allocated. */
  void withholdConflicting(IpAddress address) {
    if (conflicts.containsKey(address) && allocations.get(address) == null) {
      pools.poolOf(address).ifPresent(pool -> pool.markAllocated(address, ""));
    }
  }

  private void forEachAllocated(BiConsumer<IpAddress, String> action) {
    conflicts.keySet().forEach(address -> action.accept(address, ""));
    allocations.forEach(
        (address, allocation) -> action.accept(address, allocation.quotaNamespace()));
  }

  /** Returns the holders of addresses that became orphaned, or stopped being so. */
  Set<ServiceRef> updateOrphans() {
    Set<ServiceRef> affected = new HashSet<>();
    allocations.forEach(
        (address, allocation) -> {
          boolean changed =
              pools.hasLastingPool(address) ? orphans.remove(address) : orphans.add(address);
          if (changed) {
            allocation.claims().forEach(claim -> affected.add(claim.serviceRef()));
          }
        });
    return affected;
  }
}
