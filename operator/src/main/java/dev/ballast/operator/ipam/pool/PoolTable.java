package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.ClusterAddresses;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.SpecialPurposeRanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All pools. Each address is given by one of them at most: of those that have it, by the first; an
 * address of a node by none. Not thread-safe.
 */
public final class PoolTable {

  private final Map<String, Pool> byName = new TreeMap<>();
  private List<Pool> inOrder = List.of();
  private ClusterAddresses clusterAddresses = ClusterAddresses.NONE;

  /** Asked for more often than it changes. */
  private final Map<String, List<String>> overlaps = new HashMap<>();

  /** {@code fill}: takes from a new stock what is held. */
  public void put(String name, PoolRanges poolRanges, PoolPolicy policy, Consumer<PoolState> fill) {
    Pool before = byName.get(name);
    PoolState state =
        before == null ? new PoolState(List.of(), poolRanges.avoidsBuggy()) : before.state();
    byName.put(name, new Pool(name, poolRanges, policy, state));
    arrange(fill);
  }

  public void remove(String name, Consumer<PoolState> fill) {
    byName.remove(name);
    arrange(fill);
  }

  public void surround(ClusterAddresses changed, Consumer<PoolState> fill) {
    clusterAddresses = changed;
    arrange(fill);
  }

  private void arrange(Consumer<PoolState> fill) {
    overlaps.clear();
    TreeMap<IpAddress, AddressRange> gone = new TreeMap<>();
    SpecialPurposeRanges.RANGES.forEach(range -> gone.put(range.range().first(), range.range()));
    clusterAddresses.nodes().keySet().stream()
        .filter(ip -> SpecialPurposeRanges.wordFor(ip).isEmpty())
        .forEach(ip -> gone.put(ip, new AddressRange(ip, ip)));
    for (Pool pool : byName.values().stream().sorted(Pool.ORDER).toList()) {
      List<AddressRange> included = pool.poolRanges().included();
      List<AddressRange> given =
          AddressRange.without(
              included, included.stream().flatMap(range -> touching(gone, range)).toList());
      given.forEach(range -> gone.put(range.first(), range));
      if (!pool.state().isOf(given, pool.poolRanges().avoidsBuggy())) {
        PoolState state = new PoolState(given, pool.poolRanges().avoidsBuggy());
        fill.accept(state);
        state.continueAfter(pool.state());
        byName.put(pool.name(), new Pool(pool.name(), pool.poolRanges(), pool.policy(), state));
      }
    }
    inOrder = byName.values().stream().sorted(Pool.ORDER).toList();
  }

  /** {@code ranges}: none overlapping another. */
  private static Stream<AddressRange> touching(
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

  /** The one asked for, or all, the first to be asked first. */
  public List<Pool> candidates(@Nullable String asked) {
    return asked == null
        ? inOrder
        : Optional.ofNullable(byName.get(asked)).map(List::of).orElse(List.of());
  }

  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /** The one that gives this address. */
  public Optional<Pool> of(IpAddress address) {
    return inOrder.stream().filter(pool -> pool.state().contains(address)).findFirst();
  }

  public boolean haveForLong(IpAddress address) {
    return of(address).filter(pool -> !pool.policy().deleting()).isPresent();
  }

  /** Whether this pool could go, and the address would still be of one. */
  public boolean othersHaveForLong(IpAddress address, String name) {
    return inOrder.stream()
        .filter(pool -> !pool.name().equals(name) && !pool.policy().deleting())
        .anyMatch(pool -> has(pool.poolRanges().included(), address));
  }

  /** Whether addresses of this pool stay reserved for the names of Services that are gone. */
  public boolean retain(String name) {
    Pool pool = byName.get(name);
    return pool != null && pool.policy().retains();
  }

  public boolean selectByNamespace() {
    return inOrder.stream().anyMatch(pool -> !pool.policy().namespaces().takesAll());
  }

  /** Why a pool that has this address does not give it, for a person; empty when none has it. */
  public Optional<String> whyWithheld(IpAddress address, @Nullable String asked) {
    for (Pool pool : candidates(asked)) {
      if (!has(pool.poolRanges().ranges(), address)) {
        continue;
      }
      String node = clusterAddresses.nodes().get(address);
      if (has(pool.poolRanges().excluded(), address)) {
        return Optional.of("AddressPool %s excludes it (spec.exclude)".formatted(pool.name()));
      }
      Optional<String> noHost = SpecialPurposeRanges.wordFor(address);
      if (noHost.isPresent()) {
        return Optional.of("it is %s, and no host's".formatted(noHost.get()));
      }
      if (node != null) {
        return Optional.of("it is the address of node " + node);
      }
      if (pool.poolRanges().avoidsBuggy() && address.isBuggy()) {
        return Optional.of(
            "AddressPool %s avoids addresses that end in .0 or .255 (spec.avoidBuggyIPs)"
                .formatted(pool.name()));
      }
      Optional<Pool> giver = of(address);
      if (giver.isPresent()) {
        return Optional.of(
            "AddressPool %s has it too, and gives it in place of %s"
                .formatted(giver.get().name(), pool.name()));
      }
    }
    return Optional.empty();
  }

  public static boolean has(List<AddressRange> ranges, IpAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  /** What else has addresses of this pool, each a sentence's part for a person. */
  public List<String> overlaps(String name) {
    return overlaps.computeIfAbsent(name, this::findOverlaps);
  }

  private List<String> findOverlaps(String name) {
    Pool pool = byName.get(name);
    if (pool == null) {
      return List.of();
    }
    List<AddressRange> ours = pool.poolRanges().included();
    List<String> found = new ArrayList<>();
    for (Pool other : inOrder) {
      if (!other.name().equals(name)) {
        String giver = Pool.ORDER.compare(pool, other) < 0 ? "this pool" : "that pool";
        common(ours, other.poolRanges().included())
            .forEach(
                range ->
                    found.add(
                        "AddressPool %s has %s, too, which %s gives"
                            .formatted(other.name(), range, giver)));
      }
    }
    clusterAddresses.nodes().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(node -> has(ours, node.getKey()))
        .forEach(
            node ->
                found.add(
                    "%s is the address of node %s, and is never given"
                        .formatted(node.getKey(), node.getValue())));
    pool.poolRanges().ranges().stream()
        .filter(AddressRange::isSubnet)
        .filter(range -> gives(pool, range.first()) || gives(pool, range.last()))
        .forEach(range -> nodeIn(range).ifPresent(node -> found.add(subnet(range, node))));
    for (ClusterAddresses.NamedRange never : SpecialPurposeRanges.RANGES) {
      common(ours, List.of(never.range()))
          .forEach(range -> found.add("%s is %s, and never given".formatted(range, never.word())));
    }
    for (ClusterAddresses.NamedRange other : clusterAddresses.others()) {
      common(ours, List.of(other.range()))
          .forEach(range -> found.add("%s is of %s".formatted(range, other.word())));
    }
    return found;
  }

  private static boolean gives(Pool pool, IpAddress address) {
    return pool.state().contains(address);
  }

  private Optional<String> nodeIn(AddressRange range) {
    return clusterAddresses.nodes().entrySet().stream()
        .filter(node -> range.contains(node.getKey()))
        .map(Map.Entry::getValue)
        .sorted()
        .findFirst();
  }

  /** Which subnets there are, only nodes know; but where a node is, a subnet is likely. */
  private static String subnet(AddressRange range, String node) {
    return "%s has node %s in it: if that is its subnet, exclude the network address %s, the broadcast address %s and the gateway"
        .formatted(range, node, range.first(), range.last());
  }

  private static Stream<AddressRange> common(List<AddressRange> ours, List<AddressRange> theirs) {
    return ours.stream()
        .flatMap(our -> theirs.stream().flatMap(their -> our.common(their).stream()));
  }
}
