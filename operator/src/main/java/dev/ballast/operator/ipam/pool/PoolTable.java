package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All pools. Pools may overlap, but at most one allocates a given address: of those that contain
 * it, the first in the order of precedence. The address of a node belongs to none. Not thread-safe.
 */
public final class PoolTable {

  private final Map<String, Pool> byName = new TreeMap<>();
  private List<Pool> byPriority = List.of();
  private ClusterAddresses clusterAddresses = ClusterAddresses.NONE;

  /** Cached, because it is read more often than the pools change. */
  private final Map<String, List<String>> overlaps = new HashMap<>();

  private final AllocatedAddresses allocated;

  /** Addresses that are not free. A pool reads them when its ranges change. */
  public interface AllocatedAddresses {

    /** Calls the action with each address and the namespace of its holder. */
    void forEach(BiConsumer<IpAddress, String> action);
  }

  public PoolTable(AllocatedAddresses allocated) {
    this.allocated = allocated;
  }

  public void put(String name, PoolRanges poolRanges, PoolPolicy policy) {
    Pool before = byName.get(name);
    PoolState state =
        before == null ? new PoolState(List.of(), poolRanges.avoidsBuggy()) : before.state();
    byName.put(name, new Pool(name, poolRanges, policy, state));
    rebuild();
  }

  public void remove(String name) {
    byName.remove(name);
    rebuild();
  }

  public void setClusterAddresses(ClusterAddresses changed) {
    clusterAddresses = changed;
    rebuild();
  }

  private void rebuild() {
    overlaps.clear();
    TreeMap<IpAddress, AddressRange> unavailable = new TreeMap<>();
    SpecialPurposeRanges.RANGES.forEach(
        range -> unavailable.put(range.range().first(), range.range()));
    clusterAddresses.nodeAddresses().keySet().stream()
        .filter(ip -> SpecialPurposeRanges.descriptionOf(ip).isEmpty())
        .forEach(ip -> unavailable.put(ip, new AddressRange(ip, ip)));
    for (Pool pool : byName.values().stream().sorted(Pool.ORDER).toList()) {
      List<AddressRange> included = pool.poolRanges().included();
      List<AddressRange> available =
          AddressRange.subtract(
              included,
              included.stream().flatMap(range -> overlapping(unavailable, range)).toList());
      available.forEach(range -> unavailable.put(range.first(), range));
      if (!pool.state().hasRanges(available, pool.poolRanges().avoidsBuggy())) {
        PoolState state = new PoolState(available, pool.poolRanges().avoidsBuggy());
        allocated.forEach(state::markAllocated);
        state.copyRecentlyReleased(pool.state());
        byName.put(pool.name(), new Pool(pool.name(), pool.poolRanges(), pool.policy(), state));
      }
    }
    byPriority = byName.values().stream().sorted(Pool.ORDER).toList();
  }

  /** Those of {@code ranges} that overlap this range; none of them overlaps another. */
  private static Stream<AddressRange> overlapping(
      NavigableMap<IpAddress, AddressRange> ranges, AddressRange range) {
    Map.Entry<IpAddress, AddressRange> below = ranges.lowerEntry(range.first());
    return Stream.concat(
        below != null && below.getValue().overlaps(range)
            ? Stream.of(below.getValue())
            : Stream.empty(),
        ranges.subMap(range.first(), true, range.last(), true).values().stream());
  }

  @Nullable public Pool get(String name) {
    return byName.get(name);
  }

  /** The requested pool, or all, in the order of their precedence. */
  public List<Pool> candidates(@Nullable String requestedPool) {
    return requestedPool == null
        ? byPriority
        : Optional.ofNullable(byName.get(requestedPool)).map(List::of).orElse(List.of());
  }

  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /** The pool that allocates this address. */
  public Optional<Pool> poolOf(IpAddress address) {
    return byPriority.stream().filter(pool -> pool.state().contains(address)).findFirst();
  }

  /** Whether a pool that is not being deleted allocates this address. */
  public boolean hasLastingPool(IpAddress address) {
    return poolOf(address).filter(pool -> !pool.policy().deleting()).isPresent();
  }

  /** Whether another pool, which is not being deleted, contains this address. */
  public boolean hasOtherLastingPool(IpAddress address, String name) {
    return byPriority.stream()
        .filter(pool -> !pool.name().equals(name) && !pool.policy().deleting())
        .anyMatch(pool -> AddressRange.anyContains(pool.poolRanges().included(), address));
  }

  /** Whether addresses of this pool stay reserved for the name of a deleted Service. */
  public boolean retainsAddresses(String name) {
    Pool pool = byName.get(name);
    return pool != null && pool.policy().retains();
  }

  public boolean anySelectsNamespaces() {
    return byPriority.stream().anyMatch(pool -> !pool.policy().namespaces().matchesAll());
  }

  /**
   * Why a pool that contains this address does not allocate it, as a clause of a message; empty if
   * no pool contains it.
   */
  public Optional<String> exclusionReason(IpAddress address, @Nullable String requestedPool) {
    for (Pool pool : candidates(requestedPool)) {
      if (!pool.contains(address)) {
        continue;
      }
      String node = clusterAddresses.nodeAddresses().get(address);
      if (AddressRange.anyContains(pool.poolRanges().excluded(), address)) {
        return Optional.of("AddressPool %s excludes it with spec.exclude".formatted(pool.name()));
      }
      Optional<String> specialPurpose = SpecialPurposeRanges.descriptionOf(address);
      if (specialPurpose.isPresent()) {
        return Optional.of("it has a special purpose (%s)".formatted(specialPurpose.get()));
      }
      if (node != null) {
        return Optional.of("it is the address of node " + node);
      }
      if (pool.poolRanges().avoidsBuggy() && address.isBuggy()) {
        return Optional.of(
            "AddressPool %s excludes addresses that end in .0 or .255 with spec.avoidBuggyIPs"
                .formatted(pool.name()));
      }
      Optional<Pool> allocatingPool = poolOf(address);
      if (allocatingPool.isPresent()) {
        return Optional.of(
            "AddressPool %s also contains it and takes precedence over AddressPool %s"
                .formatted(allocatingPool.get().name(), pool.name()));
      }
    }
    return Optional.empty();
  }

  /** Other users of addresses of this pool, each as a sentence. */
  public List<String> overlaps(String name) {
    return overlaps.computeIfAbsent(
        name,
        key -> {
          Pool pool = byName.get(key);
          return pool == null ? List.of() : PoolOverlaps.of(pool, byPriority, clusterAddresses);
        });
  }
}
