package dev.ballast.operator.ipam;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Who holds which address, in memory: a view of the Address objects, and of the claims under way.
 * It only keeps claimants out of each other's way; that no address is held twice is the store's
 * promise, since creating an Address fails when one of that name exists. Thread-safe.
 */
public final class Ledger {

  private static final int GONE_REMEMBERED = 4096;

  private final SortedMap<String, FreeRanges> pools = new TreeMap<>();
  private final Map<IpAddress, Hold> holders = new HashMap<>();
  private final Map<String, Set<IpAddress>> byUid = new HashMap<>();

  /** Addresses by the namespace and sharing key of those that hold them. */
  private final Map<String, SortedSet<IpAddress>> byKey = new HashMap<>();

  /** UIDs of those that hold something, by namespace and name: more than one while one is gone. */
  private final Map<String, Set<String>> namesakes = new HashMap<>();

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
   * @param shares of those who hold it, one or more
   * @param version the Address's resourceVersion, 0 while none is known: then it is set aside only
   * @param since when the claim was made, in seconds since the epoch
   */
  private record Hold(List<Share> shares, long version, long since) {
    static Hold setAside(Share share) {
      return new Hold(List.of(share), 0, Long.MAX_VALUE);
    }

    boolean isRecorded() {
      return version > 0;
    }

    boolean isOf(String uid) {
      return shares.stream().anyMatch(share -> share.isOf(uid));
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
  }

  /** Forgets a pool. What is held stays held. */
  public synchronized void removePool(String name) {
    pools.remove(name);
  }

  /**
   * Sets aside what is wished, from the first pool that has it; or finds an address of the same
   * sharing key whose ports are free.
   */
  public synchronized Choice choose(Share share, Wish wish) {
    String asked = wish.pool();
    if (asked != null && !pools.containsKey(asked)) {
      return new Choice.UnknownPool(asked);
    }
    IpAddress address = wish.address();
    return address == null ? chooseAny(share, wish) : chooseThis(share, address, wish);
  }

  private Choice chooseThis(Share share, IpAddress address, Wish wish) {
    Optional<String> pool =
        pools.entrySet().stream()
            .filter(entry -> wish.pool() == null || entry.getKey().equals(wish.pool()))
            .filter(entry -> entry.getValue().contains(address))
            .map(Map.Entry::getKey)
            .findFirst();
    if (pool.isEmpty()) {
      return new Choice.NotInPool(address, wish.pool());
    }
    Hold held = holders.get(address);
    if (held != null) {
      return share
          .refusedBy(address, held.shares())
          .<Choice>map(why -> why)
          .orElseGet(() -> new Choice.Shareable(address, pool.get()));
    }
    hold(address, Hold.setAside(share));
    return new Choice.Assigned(address, pool.get());
  }

  private Choice chooseAny(Share share, Wish wish) {
    Optional<Choice> shared =
        ofKey(share).stream()
            .filter(address -> grants(share, address, wish))
            .map(address -> chooseThis(share, address, wish))
            .filter(Choice.Shareable.class::isInstance)
            .findFirst();
    if (shared.isPresent()) {
      return shared.get();
    }
    List<String> full = new ArrayList<>();
    for (Map.Entry<String, FreeRanges> pool : pools.entrySet()) {
      if ((wish.pool() != null && !pool.getKey().equals(wish.pool()))
          || !pool.getValue().serves(wish.family())) {
        continue;
      }
      var next = pool.getValue().next(wish.family());
      if (next.isPresent()) {
        hold(next.get(), Hold.setAside(share));
        return new Choice.Assigned(next.get(), pool.getKey());
      }
      full.add(pool.getKey());
    }
    return full.isEmpty()
        ? new Choice.NoPool(wish.family(), wish.pool())
        : new Choice.Exhausted(wish.family(), full);
  }

  private Set<IpAddress> ofKey(Share share) {
    return share.key() == null ? Set.of() : byKey.getOrDefault(keyOf(share), new TreeSet<>());
  }

  private static String keyOf(Share share) {
    return share.claimant().namespace() + "/" + share.key();
  }

  /** Whether who holds this address has what is wished, and need not move. */
  public synchronized boolean grants(Share share, IpAddress address, Wish wish) {
    FreeRanges pool = wish.pool() == null ? null : pools.get(wish.pool());
    return address.family() == wish.family()
        && (wish.address() == null || address.equals(wish.address()))
        && (wish.pool() == null || (pool != null && pool.contains(address)))
        && sharesOf(address).stream()
            .allMatch(other -> other.isOf(share.claimant().uid()) || share.sharesWith(other));
  }

  /** Who holds this address, as far as is known. */
  public synchronized List<Share> sharesOf(IpAddress address) {
    Hold held = holders.get(address);
    return held == null ? List.of() : held.shares();
  }

  /**
   * The store has an Address, in this version, that these hold. What is older than what is known of
   * the address is passed over: a late watch event undoes no write.
   *
   * @param since when the claim was made, in seconds since the epoch
   */
  public synchronized void observe(
      IpAddress address, List<Share> shares, long version, long since) {
    Hold held = holders.get(address);
    if (version > gone.getOrDefault(address, 0L) && (held == null || version >= held.version())) {
      gone.remove(address);
      hold(address, new Hold(List.copyOf(shares), version, since));
    }
  }

  /**
   * The store has no such Address any more, as of this version. What was set aside since then stays
   * set aside.
   */
  public synchronized void vanished(IpAddress address, long version) {
    Hold held = holders.get(address);
    if (version < gone.getOrDefault(address, 0L) || (held != null && version < held.version())) {
      return;
    }
    gone.remove(address);
    gone.put(address, version);
    if (held != null && held.isRecorded()) {
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
    held.shares().forEach(share -> forget(address, share));
    pools.values().forEach(pool -> pool.giveBack(address));
  }

  private void hold(IpAddress address, Hold hold) {
    Hold before = holders.put(address, hold);
    if (before != null) {
      before.shares().forEach(share -> forget(address, share));
    }
    for (Share share : hold.shares()) {
      String uid = share.claimant().uid();
      byUid.computeIfAbsent(uid, key -> new HashSet<>()).add(address);
      namesakes.computeIfAbsent(share.claimant().toString(), key -> new HashSet<>()).add(uid);
      if (share.key() != null) {
        byKey.computeIfAbsent(keyOf(share), key -> new TreeSet<>()).add(address);
      }
    }
    pools.values().forEach(pool -> pool.take(address));
  }

  private void forget(IpAddress address, Share share) {
    Claimant holder = share.claimant();
    Set<IpAddress> held = byUid.get(holder.uid());
    if (held != null && held.remove(address) && held.isEmpty()) {
      byUid.remove(holder.uid());
      namesakes.computeIfPresent(
          holder.toString(),
          (name, uids) -> uids.remove(holder.uid()) && uids.isEmpty() ? null : uids);
    }
    byKey.computeIfPresent(
        keyOf(share), (key, shared) -> shared.remove(address) && shared.isEmpty() ? null : shared);
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
    return namesakes.getOrDefault(claimant.toString(), Set.of()).stream()
        .filter(uid -> !uid.equals(claimant.uid()))
        .map(uid -> new Claimant(claimant.namespace(), claimant.name(), uid))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whoever holds an address. */
  public synchronized Set<Claimant> claimants() {
    return holders.values().stream()
        .flatMap(hold -> hold.shares().stream())
        .map(Share::claimant)
        .collect(Collectors.toUnmodifiableSet());
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
    FreeRanges free = pools.get(pool);
    return free == null ? new Usage(0, 0) : new Usage(free.capacity(), free.taken());
  }
}
