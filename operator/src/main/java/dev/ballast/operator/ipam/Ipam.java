package dev.ballast.operator.ipam;

/**
 * IP address management (IPAM) in memory: a cache of AddressPools and Addresses, and of allocations
 * that are not yet written. Its parts share one state and one lock. Thread-safe.
 *
 * <p>The cache only avoids attempts that must fail. The API server guarantees that no address has
 * two holders: an Address is named by its address, so creating a second one fails.
 */
public final class Ipam {

  private final IpamState state = new IpamState();
  private final Allocator allocator = new Allocator(state);
  private final PoolRegistry pools = new PoolRegistry(state);
  private final OrphanedAddresses orphans = new OrphanedAddresses(state);
  private final LanAddressConflicts conflicts = new LanAddressConflicts(state);
  private final PoolStatistics statistics = new PoolStatistics(state);

  public Allocator allocator() {
    return allocator;
  }

  public PoolRegistry pools() {
    return pools;
  }

  public OrphanedAddresses orphans() {
    return orphans;
  }

  public LanAddressConflicts conflicts() {
    return conflicts;
  }

  public PoolStatistics statistics() {
    return statistics;
  }
}
