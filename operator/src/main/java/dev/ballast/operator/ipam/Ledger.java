package dev.ballast.operator.ipam;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who holds which address, in memory: a view of the Address objects, and of the claims under way.
 * It only keeps claimants out of each other's way; that no address is held twice is the store's
 * promise, since creating an Address fails when one of that name exists. Thread-safe.
 */
public final class Ledger {

  private final SortedMap<String, FreeRanges> pools = new TreeMap<>();
  private final Map<String, List<AddressRange>> ranges = new HashMap<>();
  private final Map<IpAddress, Claimant> holders = new HashMap<>();
  private final Map<String, Set<IpAddress>> byUid = new HashMap<>();

  /** When the claim on an address was made, in seconds since the epoch. */
  private final Map<IpAddress, Long> claimedAt = new HashMap<>();

  /** The resourceVersion that is known of an address, also of one that is held no more. */
  private final Map<IpAddress, Long> versions = new HashMap<>();

  /** How many addresses a pool has, and how many of them are held. */
  public record Usage(long capacity, long allocated) {
    /** Addresses still to give. */
    public long available() {
      return capacity == Long.MAX_VALUE ? Long.MAX_VALUE : capacity - allocated;
    }
  }

  /** Sets or replaces a pool. What is held stays held. */
  public synchronized void putPool(String name, List<AddressRange> poolRanges) {
    FreeRanges free = new FreeRanges(poolRanges);
    holders.keySet().forEach(free::take);
    pools.put(name, free);
    ranges.put(name, List.copyOf(poolRanges));
  }

  /** Forgets a pool. What is held stays held. */
  public synchronized void removePool(String name) {
    pools.remove(name);
    ranges.remove(name);
  }

  /** Sets aside a free address of the family for the claimant, in the first pool that has one. */
  public synchronized Choice choose(Claimant claimant, IpFamily family) {
    List<String> full = new ArrayList<>();
    for (Map.Entry<String, FreeRanges> pool : pools.entrySet()) {
      if (!pool.getValue().serves(family)) {
        continue;
      }
      var next = pool.getValue().next(family);
      if (next.isPresent()) {
        hold(next.get(), claimant);
        return new Choice.Assigned(next.get(), pool.getKey());
      }
      full.add(pool.getKey());
    }
    return full.isEmpty() ? new Choice.NoPool(family) : new Choice.Exhausted(family, full);
  }

  /**
   * The store has an Address, in this version, that the claimant holds. What is older than what is
   * known of the address is passed over: a late watch event undoes no write.
   *
   * @param since when the claim was made, in seconds since the epoch
   */
  public synchronized void observe(IpAddress address, Claimant claimant, long version, long since) {
    if (version >= versions.getOrDefault(address, 0L)) {
      versions.put(address, version);
      claimedAt.put(address, since);
      hold(address, claimant);
    }
  }

  /** The store has no Address of this claimant any more, as of this version. */
  public synchronized void vanished(IpAddress address, String uid, long version) {
    if (version < versions.getOrDefault(address, 0L)) {
      return;
    }
    versions.put(address, version);
    giveUp(address, uid);
  }

  /** The claimant does not hold the address that was set aside for it: its claim failed. */
  public synchronized void giveUp(IpAddress address, String uid) {
    Claimant holder = holders.get(address);
    if (holder == null || !holder.uid().equals(uid)) {
      return;
    }
    holders.remove(address);
    claimedAt.remove(address);
    forget(address, holder);
    pools.values().forEach(pool -> pool.giveBack(address));
  }

  private void hold(IpAddress address, Claimant claimant) {
    Claimant before = holders.put(address, claimant);
    if (before != null && !before.uid().equals(claimant.uid())) {
      forget(address, before);
    }
    byUid.computeIfAbsent(claimant.uid(), uid -> new HashSet<>()).add(address);
    pools.values().forEach(pool -> pool.take(address));
  }

  private void forget(IpAddress address, Claimant holder) {
    Set<IpAddress> held = byUid.get(holder.uid());
    if (held != null && held.remove(address) && held.isEmpty()) {
      byUid.remove(holder.uid());
    }
  }

  /**
   * The addresses that the Service of this UID holds, the oldest claim first. Of two that leaders
   * who did not know of each other claimed for it, every leader so takes the same one for surplus.
   */
  public synchronized List<IpAddress> heldBy(String uid) {
    return byUid.getOrDefault(uid, Set.of()).stream()
        .sorted(
            Comparator.comparing((IpAddress held) -> claimedAt.getOrDefault(held, Long.MAX_VALUE))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** How many addresses are held, of whatever pool. */
  public synchronized int heldCount() {
    return holders.size();
  }

  /** Counts over one pool; addresses held outside of it do not count. */
  public synchronized Usage usage(String pool) {
    List<AddressRange> poolRanges = ranges.getOrDefault(pool, List.of());
    long capacity = 0;
    for (AddressRange range : poolRanges) {
      long sum = capacity + range.size();
      capacity = sum < 0 || range.size() == Long.MAX_VALUE ? Long.MAX_VALUE : sum;
    }
    long allocated =
        holders.keySet().stream()
            .filter(held -> poolRanges.stream().anyMatch(range -> range.contains(held)))
            .count();
    return new Usage(capacity, allocated);
  }
}
