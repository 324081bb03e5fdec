package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.FreeRanges;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which addresses of a pool are held, which rest, and which are free for all. Not thread-safe. */
public final class PoolState {

  private final List<AddressRange> ranges;
  private final boolean avoidsBuggy;

  /** Neither held nor at rest. */
  private final FreeRanges fresh;

  private final Map<IpFamily, RecentlyReleased> recentlyReleased = new EnumMap<>(IpFamily.class);

  /** What is held, with the namespace of the holder. */
  private final Map<IpAddress, String> held = new HashMap<>();

  private final Map<IpFamily, Long> heldOf = new EnumMap<>(IpFamily.class);
  private final Map<String, Set<IpAddress>> byNamespace = new HashMap<>();

  PoolState(List<AddressRange> ranges, boolean avoidsBuggy) {
    this.ranges = List.copyOf(ranges);
    this.avoidsBuggy = avoidsBuggy;
    this.fresh = new FreeRanges(ranges, avoidsBuggy);
    for (IpFamily family : IpFamily.values()) {
      recentlyReleased.put(family, new RecentlyReleased());
    }
  }

  boolean isOf(List<AddressRange> others, boolean avoiding) {
    return ranges.equals(others) && avoidsBuggy == avoiding;
  }

  public boolean serves(IpFamily family) {
    return fresh.serves(family);
  }

  boolean contains(IpAddress address) {
    return fresh.contains(address);
  }

  public PoolUsage usage(IpFamily family) {
    return new PoolUsage(fresh.capacity(family), heldOf.getOrDefault(family, 0L));
  }

  /** What this namespace holds. */
  Set<IpAddress> heldIn(String namespace) {
    return byNamespace.getOrDefault(namespace, Set.of());
  }

  /**
   * The one that this holder gave back last; else the free one at {@code home}, or next above it,
   * around the end; else the one that has rested longest.
   */
  Optional<IpAddress> next(String holder, IpAddress home) {
    RecentlyReleased rest = restOf(home.family());
    return rest.of(holder).or(() -> fresh.from(home)).or(rest::oldest);
  }

  /** Marks as held; no effect when it is not of this stock. Of one that is held, by whom now. */
  public void take(IpAddress address, String namespace) {
    if (!contains(address)) {
      return;
    }
    String before = held.put(address, namespace);
    if (before == null) {
      fresh.take(address);
      restOf(address.family()).remove(address);
      heldOf.merge(address.family(), 1L, Long::sum);
    } else {
      forget(address, before);
    }
    byNamespace.computeIfAbsent(namespace, key -> new HashSet<>()).add(address);
  }

  /** Gives back; no effect when it is not held, or not of this stock. */
  public void giveBack(IpAddress address, String holder) {
    String namespace = held.remove(address);
    if (namespace != null) {
      forget(address, namespace);
      heldOf.merge(address.family(), -1L, Long::sum);
      rest(address, holder);
    }
  }

  private void rest(IpAddress address, String holder) {
    restOf(address.family())
        .add(address, holder)
        .ifPresent(
            rested -> {
              restOf(address.family()).remove(rested);
              fresh.giveBack(rested);
            });
  }

  private void forget(IpAddress address, String namespace) {
    byNamespace.computeIfPresent(
        namespace, (key, of) -> of.remove(address) && of.isEmpty() ? null : of);
  }

  /** What rests in {@code before} goes on resting here. */
  void continueAfter(PoolState before) {
    before.recentlyReleased.values().stream()
        .flatMap(rest -> rest.all().entrySet().stream())
        .filter(entry -> fresh.take(entry.getKey()))
        .forEach(entry -> rest(entry.getKey(), entry.getValue()));
  }

  private RecentlyReleased restOf(IpFamily family) {
    return recentlyReleased.computeIfAbsent(family, key -> new RecentlyReleased());
  }

  /** How many gaps are kept in mind: what the work of one choice depends on. */
  int gaps() {
    return fresh.free().size();
  }
}
