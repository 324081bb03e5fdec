package dev.ballast.operator.ipam;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is free in a pool, as ranges by their first address: taking and giving back cost the
 * logarithm of the number of gaps, whatever the pool's size. Not thread-safe.
 */
final class FreeRanges {

  private final List<AddressRange> all;
  private final TreeMap<IpAddress, AddressRange> free = new TreeMap<>();
  private final Map<IpFamily, IpAddress> lastGiven = new EnumMap<>(IpFamily.class);
  private long taken;

  /** {@code all}: in order, none overlapping. */
  FreeRanges(List<AddressRange> all) {
    this.all = List.copyOf(all);
    all.forEach(range -> free.put(range.first(), range));
  }

  boolean serves(IpFamily family) {
    return all.stream().anyMatch(range -> range.first().family() == family);
  }

  boolean contains(IpAddress address) {
    return all.stream().anyMatch(range -> range.contains(address));
  }

  /** Of all addresses, or {@link Long#MAX_VALUE} when there are more. */
  long capacity() {
    long capacity = 0;
    for (AddressRange range : all) {
      long sum = capacity + range.size();
      capacity = sum < 0 || range.size() == Long.MAX_VALUE ? Long.MAX_VALUE : sum;
    }
    return capacity;
  }

  long taken() {
    return taken;
  }

  /**
   * The next free address after the one given last, around the end: an address just given back
   * rests longest, so that peers' stale ARP entries and clients' connections do not meet a new
   * owner.
   */
  Optional<IpAddress> next(IpFamily family) {
    IpAddress after = lastGiven.get(family);
    if (after != null) {
      Map.Entry<IpAddress, AddressRange> around = free.floorEntry(after);
      if (around != null && around.getValue().contains(after)) {
        Optional<AddressRange> rest = around.getValue().above(after);
        if (rest.isPresent()) {
          return Optional.of(rest.get().first());
        }
      }
      Map.Entry<IpAddress, AddressRange> higher = free.higherEntry(after);
      if (higher != null && higher.getKey().family() == family) {
        return Optional.of(higher.getKey());
      }
    }
    return free.values().stream()
        .map(AddressRange::first)
        .filter(first -> first.family() == family)
        .findFirst();
  }

  /** Marks as taken; no effect when it is, or is not of this pool. */
  void take(IpAddress address) {
    Map.Entry<IpAddress, AddressRange> entry = free.floorEntry(address);
    if (entry == null || !entry.getValue().contains(address)) {
      return;
    }
    taken++;
    AddressRange range = entry.getValue();
    free.remove(range.first());
    range.below(address).ifPresent(rest -> free.put(rest.first(), rest));
    range.above(address).ifPresent(rest -> free.put(rest.first(), rest));
    lastGiven.put(address.family(), address);
  }

  /** Goes on where {@code other} was. */
  void continueAfter(FreeRanges other) {
    lastGiven.putAll(other.lastGiven);
  }

  /** Gives back; no effect when it is free already, or is not of this pool. */
  void giveBack(IpAddress address) {
    Optional<AddressRange> home = all.stream().filter(range -> range.contains(address)).findFirst();
    Map.Entry<IpAddress, AddressRange> floor = free.floorEntry(address);
    if (home.isEmpty() || (floor != null && floor.getValue().contains(address))) {
      return;
    }
    taken--;
    IpAddress first = address;
    IpAddress last = address;
    if (floor != null
        && floor.getValue().last().next().equals(Optional.of(address))
        && home.get().contains(floor.getKey())) {
      first = floor.getKey();
    }
    Optional<AddressRange> above = address.next().map(free::get);
    if (above.isPresent() && home.get().contains(above.get().first())) {
      last = above.get().last();
      free.remove(above.get().first());
    }
    free.put(first, new AddressRange(first, last));
  }

  /** The gaps, in order. */
  List<AddressRange> free() {
    return List.copyOf(free.values());
  }
}
