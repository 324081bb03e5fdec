package dev.ballast.operator.ipam.net;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is free in a pool, as ranges by their first address: taking and giving back cost the
 * logarithm of the number of gaps, whatever the pool's size. Addresses to avoid are passed over by
 * arithmetic, within ranges and at their ends, so that they make no gaps. Not thread-safe.
 */
public final class FreeRanges {

  private final TreeMap<IpAddress, AddressRange> all = new TreeMap<>();
  private final TreeMap<IpAddress, AddressRange> free = new TreeMap<>();
  private final Map<IpFamily, Long> capacity = new EnumMap<>(IpFamily.class);
  private final Map<IpFamily, Long> taken = new EnumMap<>(IpFamily.class);
  private final boolean avoidsBuggy;

  /**
   * @param ranges none overlapping another
   * @param avoidsBuggy whether it is without {@linkplain IpAddress#isBuggy() buggy} addresses
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
        range.first().isBuggy() ? above(range.first()) : Optional.of(range.first());
    Optional<IpAddress> last =
        range.last().isBuggy() ? below(range.last()) : Optional.of(range.last());
    return first.isEmpty() || last.isEmpty() || first.get().compareTo(last.get()) > 0
        ? Optional.empty()
        : Optional.of(new AddressRange(first.get(), last.get()));
  }

  /** The nearest higher address that may be given. */
  private Optional<IpAddress> above(IpAddress address) {
    Optional<IpAddress> next = address.next();
    while (avoidsBuggy && next.isPresent() && next.get().isBuggy()) {
      next = next.get().next();
    }
    return next;
  }

  private Optional<IpAddress> below(IpAddress address) {
    Optional<IpAddress> previous = address.previous();
    while (avoidsBuggy && previous.isPresent() && previous.get().isBuggy()) {
      previous = previous.get().previous();
    }
    return previous;
  }

  public boolean serves(IpFamily family) {
    return capacity.containsKey(family);
  }

  public boolean contains(IpAddress address) {
    return within(all, address).isPresent() && !(avoidsBuggy && address.isBuggy());
  }

  private static Optional<AddressRange> within(
      NavigableMap<IpAddress, AddressRange> ranges, IpAddress address) {
    return Optional.ofNullable(ranges.floorEntry(address))
        .map(Map.Entry::getValue)
        .filter(range -> range.contains(address));
  }

  /** Of all addresses of the family, or {@link Long#MAX_VALUE} when there are more. */
  public long capacity(IpFamily family) {
    return capacity.getOrDefault(family, 0L);
  }

  long taken(IpFamily family) {
    return taken.getOrDefault(family, 0L);
  }

  /** The free address at {@code start}, else the next one above it, around the end. */
  public Optional<IpAddress> from(IpAddress start) {
    Optional<AddressRange> around = within(free, start);
    if (around.isPresent()) {
      // A range ends with an address that may be given, so that it holds the one above.
      return avoidsBuggy && start.isBuggy() ? above(start) : Optional.of(start);
    }
    return firstIn(start, start.family())
        .or(() -> firstIn(new IpAddress(start.family(), 0, 0), start.family()));
  }

  private Optional<IpAddress> firstIn(IpAddress from, IpFamily family) {
    return Optional.ofNullable(free.ceilingKey(from)).filter(key -> key.family() == family);
  }

  /** Marks as taken; false, and no effect, when it is, or is not of this pool. */
  public boolean take(IpAddress address) {
    Optional<AddressRange> around = contains(address) ? within(free, address) : Optional.empty();
    if (around.isEmpty()) {
      return false;
    }
    taken.merge(address.family(), 1L, Long::sum);
    AddressRange range = around.get();
    free.remove(range.first());
    if (!address.equals(range.first())) {
      below(address).ifPresent(end -> put(range.first(), end));
    }
    if (!address.equals(range.last())) {
      above(address).ifPresent(start -> put(start, range.last()));
    }
    return true;
  }

  private void put(IpAddress first, IpAddress last) {
    free.put(first, new AddressRange(first, last));
  }

  /** Gives back; no effect when it is free already, or is not of this pool. */
  public void giveBack(IpAddress address) {
    Optional<AddressRange> home = within(all, address);
    if (home.isEmpty() || !contains(address) || within(free, address).isPresent()) {
      return;
    }
    taken.merge(address.family(), -1L, Long::sum);
    Optional<AddressRange> lower =
        below(address).filter(home.get()::contains).flatMap(next -> within(free, next));
    Optional<AddressRange> higher =
        above(address).filter(home.get()::contains).flatMap(next -> within(free, next));
    higher.ifPresent(range -> free.remove(range.first()));
    put(
        lower.map(AddressRange::first).orElse(address),
        higher.map(AddressRange::last).orElse(address));
  }

  /** The gaps, in order. */
  public List<AddressRange> free() {
    return List.copyOf(free.values());
  }
}
