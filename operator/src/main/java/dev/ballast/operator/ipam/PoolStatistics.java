package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.Pool;
import dev.ballast.operator.ipam.pool.PoolUsage;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts of pools and addresses, for the status of AddressPools and for metrics. */
public final class PoolStatistics {

  private final IpamState state;

  PoolStatistics(IpamState state) {
    this.state = state;
  }

  /** The number of allocated addresses, inside and outside of pools. */
  public int allocatedCount() {
    synchronized (state) {
      return state.allocations.size();
    }
  }

  /** The usage of every pool, by its name. */
  public Map<String, PoolUsage> usages() {
    synchronized (state) {
      Map<String, PoolUsage> usages = new TreeMap<>();
      state.pools.names().forEach(pool -> usages.put(pool, usage(pool)));
      return usages;
    }
  }

  /** The usage of one pool, of both families. */
  public PoolUsage usage(String pool) {
    synchronized (state) {
      return usagesOf(pool).values().stream().reduce(new PoolUsage(0, 0), PoolUsage::plus);
    }
  }

  private Map<IpFamily, PoolUsage> usagesOf(String name) {
    Map<IpFamily, PoolUsage> usages = new EnumMap<>(IpFamily.class);
    Pool pool = state.pools.get(name);
    for (IpFamily family : IpFamily.values()) {
      if (pool != null && pool.hasFamily(family)) {
        usages.put(family, pool.usage(family));
      }
    }
    return usages;
  }

  /** All that the status of one pool tells. */
  public PoolReport report(String name) {
    synchronized (state) {
      Set<IpAddress> allocated = state.allocations.ofPool(name);
      return new PoolReport(
          usagesOf(name),
          !allocated.isEmpty(),
          (int) state.orphans.stream().filter(allocated::contains).count(),
          state.pools.overlaps(name),
          conflictsOf(name));
    }
  }

  private List<String> conflictsOf(String name) {
    return state.conflicts.entrySet().stream()
        .filter(
            conflict ->
                state
                    .pools
                    .poolOf(conflict.getKey())
                    .filter(pool -> pool.name().equals(name))
                    .isPresent())
        .map(conflict -> conflict.getKey() + ": " + conflict.getValue())
        .toList();
  }

  /**
   * Services that hold an address of this pool that no other pool contains, as {@code
   * namespace/name}, in order.
   */
  public List<String> dependentServices(String name) {
    synchronized (state) {
      return state.allocations.ofPool(name).stream()
          .filter(address -> !state.pools.hasOtherLastingPool(address, name))
          .flatMap(address -> state.allocations.claimsOn(address).stream())
          .map(claim -> claim.serviceRef().toString())
          .distinct()
          .sorted()
          .toList();
    }
  }
}
