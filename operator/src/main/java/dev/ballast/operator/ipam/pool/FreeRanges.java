package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The free addresses of a pool, as a map of ranges by their first address. To take or return an
 * address costs the logarithm of the number of free ranges, whatever the size of the pool.
 * Addresses that end in .0 or .255 can be left out by arithmetic, so that they do not split ranges.
 * Not thread-safe.
 */
final class FreeRanges {

  private final TreeMap<IpAddress, AddressRange> all = new TreeMap<>();
  private final TreeMap<IpAddress, AddressRange> free = new TreeMap<>();
  private final Map<IpFamily, Long> capacity = new EnumMap<>(IpFamily.class);
  private final Map<IpFamily, Long> taken = new EnumMap<>(IpFamily.class);
  private final boolean avoidsBuggy;

  /**
   * @param ranges none overlaps another
   * @param avoidsBuggy whether {@linkplain IpAddress#isBuggy() buggy} addresses are left out
   */
  public FreeRanges(List<AddressRange> ranges, boolean avoidsBuggy) {
    this.avoidsBuggy = avoidsBuggy;
    for (AddressRange range : ranges) {
      trimmed(range)
          .ifPresent(
              trimmed -> {
                all.put(trimmed.first(), trimmed);
                capacity.merge(trimmed.first().family(), sizeOf(trimmed), FreeRanges::sum);
              });
    }
    free.putAll(all);
  }

  private static Long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  private long sizeOf(AddressRange range) {
    return avoidsBuggy ? range.sizeWithoutBuggy() : range.size();
  }

  /** Without buggy addresses at the ends. */
  private Optional<AddressRange> trimmed(AddressRange range) {
    if (!avoidsBuggy) {
      return Optional.of(range);
    }
    Optional<IpAddress> first =
        range.first().isBuggy() ? nextUsable(range.first()) : Optional.of(range.first());
    Optional<IpAddress> last =
        range.last().isBuggy() ? previousUsable(range.last()) : Optional.of(range.last());
    return first.isEmpty() || last.isEmpty() || first.get().compareTo(last.get()) > 0
        ? Optional.empty()
        : Optional.of(new AddressRange(first.get(), last.get()));
  }

  /** The next higher address that is not left out. */
  private Optional<IpAddress> nextUsable(IpAddress address) {
    Optional<IpAddress> next = address.next();
    while (avoidsBuggy && next.isPresent() && next.get().isBuggy()) {
      next = next.get().next();
    }
    return next;
  }

  private Optional<IpAddress> previousUsable(IpAddress address) {
    Optional<IpAddress> previous = address.previous();
    while (avoidsBuggy && previous.isPresent() && previous.get().isBuggy()) {
      previous = previous.get().previous();
    }
    return previous;
  }

  public boolean hasFamily(IpFamily family) {
    return capacity.containsKey(family);
  }

  public boolean contains(IpAddress address) {
    return rangeContaining(all, address).isPresent() && !(avoidsBuggy && address.isBuggy());
  }

  private static Optional<AddressRange> rangeContaining(
      NavigableMap<IpAddress, AddressRange> ranges, IpAddress address) {
    return Optional.ofNullable(ranges.floorEntry(address))
        .map(Map.Entry::getValue)
        .filter(range -> range.contains(address));
  }

  /** The number of addresses of the family; {@link Long#MAX_VALUE} if there are more. */
  public long capacity(IpFamily family) {
    return capacity.getOrDefault(family, 0L);
  }

  long taken(IpFamily family) {
    return taken.getOrDefault(family, 0L);
  }

  /** The free address at {@code start}, else the next higher one, else the lowest one. */
  public Optional<IpAddress> firstFreeFrom(IpAddress start) {
    Optional<AddressRange> freeRange = rangeContaining(free, start);
    if (freeRange.isPresent()) {
      // A range ends with a usable address, so that it contains the next one.
      return avoidsBuggy && start.isBuggy() ? nextUsable(start) : Optional.of(start);
    }
    return firstFreeRange(start, start.family())
        .or(() -> firstFreeRange(new IpAddress(start.family(), 0, 0), start.family()));
  }

  private Optional<IpAddress> firstFreeRange(IpAddress from, IpFamily family) {
    return Optional.ofNullable(free.ceilingKey(from)).filter(key -> key.family() == family);
  }

  /** Removes a free address; false if it is not free, or not in the ranges. */
  public boolean take(IpAddress address) {
    Optional<AddressRange> freeRange =
        contains(address) ? rangeContaining(free, address) : Optional.empty();
    if (freeRange.isEmpty()) {
      return false;
    }
    taken.merge(address.family(), 1L, Long::sum);
    AddressRange range = freeRange.get();
    free.remove(range.first());
    if (!address.equals(range.first())) {
      previousUsable(address).ifPresent(end -> put(range.first(), end));
    }
    if (!address.equals(range.last())) {
      nextUsable(address).ifPresent(start -> put(start, range.last()));
    }
    return true;
  }

  private void put(IpAddress first, IpAddress last) {
    free.put(first, new AddressRange(first, last));
  }

  /** Returns an address. No effect if it is free already, or not in the ranges. */
  public void release(IpAddress address) {
    Optional<AddressRange> poolRange = rangeContaining(all, address);
    if (poolRange.isEmpty() || !contains(address) || rangeContaining(free, address).isPresent()) {
      return;
    }
    taken.merge(address.family(), -1L, Long::sum);
    Optional<AddressRange> lower =
        previousUsable(address)
            .filter(poolRange.get()::contains)
            .flatMap(next -> rangeContaining(free, next));
    Optional<AddressRange> higher =
        nextUsable(address)
            .filter(poolRange.get()::contains)
            .flatMap(next -> rangeContaining(free, next));
    higher.ifPresent(range -> free.remove(range.first()));
    put(
        lower.map(AddressRange::first).orElse(address),
        higher.map(AddressRange::last).orElse(address));
  }

  /** The free ranges, in order. */
  public List<AddressRange> free() {
    return List.copyOf(free.values());
  }
}
