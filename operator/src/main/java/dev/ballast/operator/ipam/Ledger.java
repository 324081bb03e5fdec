package dev.ballast.operator.ipam;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Who holds which address, in memory: a view of the Address objects, and of the claims under way.
 * It only keeps claimants out of each other's way; that no address is held twice is the store's
 * promise, since creating an Address fails when one of that name exists. Thread-safe.
 */
public final class Ledger {

  private static final int GONE_REMEMBERED = 4096;

  private final SortedMap<String, FreeRanges> pools = new TreeMap<>();
  private final Map<String, List<AddressRange>> ranges = new HashMap<>();
  private final Map<IpAddress, Hold> holders = new HashMap<>();
  private final Map<String, Set<IpAddress>> byUid = new HashMap<>();

  /**
   * Up to which resourceVersion an address is known to be gone: news from before it is passed over.
   * The oldest are forgotten, long after any watch has caught up.
   */
  private final Map<IpAddress, Long> gone =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Long> eldest) {
          return size() > GONE_REMEMBERED;
        }
      };

  /**
   * @param version the Address's resourceVersion, 0 while none is known: then it is set aside only
   * @param since when the claim was made, in seconds since the epoch
   */
  private record Hold(Claimant claimant, long version, long since) {
    static Hold setAside(Claimant claimant) {
      return new Hold(claimant, 0, Long.MAX_VALUE);
    }

    boolean isRecorded() {
      return version > 0;
    }

    boolean isOf(String uid) {
      return claimant.uid().equals(uid);
    }

    boolean isOfNamesakeOf(Claimant other) {
      return !isOf(other.uid())
          && claimant.name().equals(other.name())
          && claimant.namespace().equals(other.namespace());
    }
  }

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
    // The newest claim last: after a restart, too, the next address is the one after it.
    holders.entrySet().stream()
        .sorted(Comparator.comparing(hold -> hold.getValue().since()))
        .forEach(hold -> free.take(hold.getKey()));
    FreeRanges before = pools.put(name, free);
    if (before != null) {
      free.continueAfter(before);
    }
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
        hold(next.get(), Hold.setAside(claimant));
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
    Hold held = holders.get(address);
    if (version > gone.getOrDefault(address, 0L) && (held == null || version >= held.version())) {
      gone.remove(address);
      hold(address, new Hold(claimant, version, since));
    }
  }

  /**
   * The store has no Address of this claimant any more, as of this version. What was set aside for
   * it since then stays set aside.
   */
  public synchronized void vanished(IpAddress address, String uid, long version) {
    Hold held = holders.get(address);
    if (version < gone.getOrDefault(address, 0L) || (held != null && version < held.version())) {
      return;
    }
    gone.remove(address);
    gone.put(address, version);
    if (held != null && held.isRecorded() && held.isOf(uid)) {
      free(address, held);
    }
  }

  /** The store was asked just now, and has no Address of this claimant. */
  public synchronized void absent(IpAddress address, String uid) {
    Hold held = holders.get(address);
    if (held != null && held.isOf(uid)) {
      free(address, held);
    }
  }

  /**
   * The claim on an address that was set aside failed, or its answer was lost. If the watch has
   * shown meanwhile that it was made after all, it stays.
   */
  public synchronized void giveUp(IpAddress address, String uid) {
    Hold held = holders.get(address);
    if (held != null && held.isOf(uid) && !held.isRecorded()) {
      free(address, held);
    }
  }

  private void free(IpAddress address, Hold held) {
    holders.remove(address);
    forget(address, held.claimant());
    pools.values().forEach(pool -> pool.giveBack(address));
  }

  private void hold(IpAddress address, Hold hold) {
    Hold before = holders.put(address, hold);
    String uid = hold.claimant().uid();
    if (before != null && !before.isOf(uid)) {
      forget(address, before.claimant());
    }
    byUid.computeIfAbsent(uid, key -> new HashSet<>()).add(address);
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
            Comparator.comparing(
                    (IpAddress held) -> Objects.requireNonNull(holders.get(held)).since())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** Other Services of this namespace and name that hold addresses. */
  public synchronized Set<Claimant> namesakes(Claimant claimant) {
    return holders.values().stream()
        .filter(hold -> hold.isOfNamesakeOf(claimant))
        .map(Hold::claimant)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whoever holds an address. */
  public synchronized Set<Claimant> claimants() {
    return holders.values().stream().map(Hold::claimant).collect(Collectors.toUnmodifiableSet());
  }

  /** How many addresses are held, of whatever pool. */
  public synchronized int heldCount() {
    return holders.size();
  }

  /** Counts over every pool, by its name. */
  public synchronized Map<String, Usage> usages() {
    Map<String, Usage> usages = new TreeMap<>();
    pools.keySet().forEach(pool -> usages.put(pool, usage(pool)));
    return usages;
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
