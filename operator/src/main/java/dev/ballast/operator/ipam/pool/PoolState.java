package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The state of a pool's addresses: allocated, recently released or free. Not thread-safe. */
final class PoolState {

  private final List<AddressRange> ranges;
  private final boolean avoidsBuggy;

  /** Neither allocated nor recently released. */
  private final FreeRanges free;

  private final Map<IpFamily, RecentlyReleased> recentlyReleased = new EnumMap<>(IpFamily.class);

  /** Allocated addresses, with the namespace of the holder. */
  private final Map<IpAddress, String> namespaceByAddress = new HashMap<>();

  private final Map<IpFamily, Long> allocatedByFamily = new EnumMap<>(IpFamily.class);
  private final Map<String, Set<IpAddress>> addressesByNamespace = new HashMap<>();

  PoolState(List<AddressRange> ranges, boolean avoidsBuggy) {
    this.ranges = List.copyOf(ranges);
    this.avoidsBuggy = avoidsBuggy;
    this.free = new FreeRanges(ranges, avoidsBuggy);
    for (IpFamily family : IpFamily.values()) {
      recentlyReleased.put(family, new RecentlyReleased());
    }
  }

  boolean hasRanges(List<AddressRange> others, boolean avoiding) {
    return ranges.equals(others) && avoidsBuggy == avoiding;
  }

  boolean hasFamily(IpFamily family) {
    return free.hasFamily(family);
  }

  boolean contains(IpAddress address) {
    return free.contains(address);
  }

  PoolUsage usage(IpFamily family) {
    return new PoolUsage(free.capacity(family), allocatedByFamily.getOrDefault(family, 0L));
  }

  /** The addresses that this namespace holds. */
  Set<IpAddress> allocatedIn(String namespace) {
    return addressesByNamespace.getOrDefault(namespace, Set.of());
  }

  /**
   * The address that this holder released last, else the free address at or above the preferred
   * one, else the address that was released the longest ago.
   */
  Optional<IpAddress> nextAddress(String holder, IpAddress preferred) {
    RecentlyReleased released = recentlyReleased(preferred.family());
    return released.latestOf(holder).or(() -> free.firstFreeFrom(preferred)).or(released::oldest);
  }

  /** Marks the address as allocated to this namespace. No effect if it is not in this pool. */
  void markAllocated(IpAddress address, String namespace) {
    if (!contains(address)) {
      return;
    }
    String before = namespaceByAddress.put(address, namespace);
    if (before == null) {
      free.take(address);
      recentlyReleased(address.family()).remove(address);
      allocatedByFamily.merge(address.family(), 1L, Long::sum);
    } else {
      removeFromNamespace(address, before);
    }
    addressesByNamespace.computeIfAbsent(namespace, key -> new HashSet<>()).add(address);
  }

  /** Marks the address as recently released. No effect if it is not allocated. */
  void release(IpAddress address, String holder) {
    String namespace = namespaceByAddress.remove(address);
    if (namespace != null) {
      removeFromNamespace(address, namespace);
      allocatedByFamily.merge(address.family(), -1L, Long::sum);
      addRecentlyReleased(address, holder);
    }
  }

  private void addRecentlyReleased(IpAddress address, String holder) {
    recentlyReleased(address.family())
        .add(address, holder)
        .ifPresent(
            evicted -> {
              recentlyReleased(address.family()).remove(evicted);
              free.release(evicted);
            });
  }

  private void removeFromNamespace(IpAddress address, String namespace) {
    addressesByNamespace.computeIfPresent(
        namespace, (key, of) -> of.remove(address) && of.isEmpty() ? null : of);
  }

  /** Takes over the recently released addresses of an earlier state. */
  void copyRecentlyReleased(PoolState before) {
    before.recentlyReleased.values().stream()
        .flatMap(released -> released.all().entrySet().stream())
        .filter(entry -> free.take(entry.getKey()))
        .forEach(entry -> addRecentlyReleased(entry.getKey(), entry.getValue()));
  }

  private RecentlyReleased recentlyReleased(IpFamily family) {
    return recentlyReleased.computeIfAbsent(family, key -> new RecentlyReleased());
  }

  /** The cost of an allocation depends on it. */
  int freeRangeCount() {
    return free.free().size();
  }
}
