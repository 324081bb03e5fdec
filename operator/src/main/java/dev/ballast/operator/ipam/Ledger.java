package dev.ballast.operator.ipam;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who holds which address, in memory: a view of the Address objects, and of the claims under way.
 * It only keeps claimants out of each other's way; that no address is held twice is the store's
 * promise, since creating an Address fails when one of that name exists. Thread-safe.
 */
public final class Ledger {

  private static final int GONE_REMEMBERED = 4096;

  private final Pools pools = new Pools();
  private final Holdings holdings = new Holdings();
  private final Contested contested = new Contested();
  private final Chooser chooser = new Chooser(pools, holdings, contested);

  /** Labels by the namespace's name. */
  private final Map<String, Map<String, String>> namespaces = new HashMap<>();

  /** What no pool has any more, or none for long, as it was last told. */
  private final Set<IpAddress> orphans = new HashSet<>();

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
   * Sets or replaces a pool. What is held stays held.
   *
   * @return those who hold an address that is orphaned by that, or no longer is
   */
  public synchronized Set<Claimant> putPool(String name, Offer offer, PoolPolicy policy) {
    pools.put(name, offer, policy, this::fill);
    return findOrphans();
  }

  /** Forgets a pool. What is held stays held; returns as {@link #putPool} does. */
  public synchronized Set<Claimant> removePool(String name) {
    pools.remove(name, this::fill);
    return findOrphans();
  }

  /** What else in the cluster has addresses; returns as {@link #putPool} does. */
  public synchronized Set<Claimant> surround(Surroundings surroundings) {
    pools.surround(surroundings, this::fill);
    return findOrphans();
  }

  /** Returns whether that can matter to any pool. */
  public synchronized boolean putNamespace(String name, Map<String, String> labels) {
    Map<String, String> before = namespaces.put(name, Map.copyOf(labels));
    return !labels.equals(before) && pools.selectByNamespace();
  }

  public synchronized void removeNamespace(String name) {
    namespaces.remove(name);
  }

  private void fill(Stock stock) {
    contested.all().keySet().forEach(address -> stock.take(address, ""));
    holdings.forEach((address, hold) -> stock.take(address, hold.first().namespace()));
  }

  private Set<Claimant> findOrphans() {
    Set<Claimant> concerned = new HashSet<>();
    holdings.forEach(
        (address, hold) -> {
          boolean changed =
              pools.haveForLong(address) ? orphans.remove(address) : orphans.add(address);
          if (changed) {
            hold.shares().forEach(share -> concerned.add(share.claimant()));
          }
        });
    return concerned;
  }

  /**
   * Sets aside what is wished, from the first pool that gives it; or finds an address that is kept
   * for this one, or one of the same sharing key whose ports are free.
   */
  public synchronized Choice choose(Share share, Wish wish, Standing standing) {
    Choice choice =
        chooser.choose(share, wish, standing, namespaces.get(share.claimant().namespace()));
    if (choice instanceof Choice.Assigned(var address, var pool)) {
      hold(address, Hold.setAside(share, pool));
    }
    return choice;
  }

  /** Whether addresses of this pool stay reserved for the names of Services that are gone. */
  public synchronized boolean isRetained(String pool) {
    return pools.retain(pool);
  }

  /** The pool that gives this address; empty text when none does. */
  public synchronized String poolOf(IpAddress address) {
    return pools.of(address).map(Pool::name).orElse("");
  }

  /**
   * Whether who holds this address has what is wished, and need not move. That its pool lost it, or
   * would not give it to this one any more, is no reason.
   */
  public synchronized boolean grants(Share share, IpAddress address, Wish wish, Standing standing) {
    return chooser.grants(share, address, wish, standing);
  }

  /** Who holds this address, as far as is known. */
  public synchronized List<Share> sharesOf(IpAddress address) {
    return holdings.sharesOf(address);
  }

  /**
   * The store has an Address that says this. What is older than what is known of the address is
   * passed over: a late watch event undoes no write.
   */
  public synchronized void observe(IpAddress address, Hold seen) {
    Hold held = holdings.get(address);
    if (seen.version() > gone.getOrDefault(address, 0L)
        && (held == null || seen.version() >= held.version())) {
      gone.remove(address);
      hold(address, seen);
    }
  }

  /**
   * The store has no such Address any more, as of this version. What was set aside since then stays
   * set aside.
   */
  public synchronized void vanished(IpAddress address, long version) {
    Hold held = holdings.get(address);
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
    Hold held = holdings.get(address);
    if (held != null && held.isOf(uid)) {
      free(address, held);
    }
  }

  /**
   * The claim on an address that was set aside failed, or its answer was lost. If the watch has
   * shown meanwhile that it was made after all, it stays.
   */
  public synchronized void giveUp(IpAddress address, String uid) {
    Hold held = holdings.get(address);
    if (held != null && held.isOf(uid) && !held.isRecorded()) {
      free(address, held);
    }
  }

  private void free(IpAddress address, Hold held) {
    holdings.remove(address);
    orphans.remove(address);
    pools.of(address).ifPresent(pool -> pool.stock().giveBack(address, held.first().toString()));
    keepBack(address);
  }

  private void keepBack(IpAddress address) {
    if (contested.contains(address) && holdings.get(address) == null) {
      pools.of(address).ifPresent(pool -> pool.stock().take(address, ""));
    }
  }

  /**
   * Another machine of the LAN has the address: nobody gets it who does not ask for it, and who
   * holds it without having asked gets another one.
   *
   * @param why for a person
   * @return false when that was known
   */
  public synchronized boolean contest(IpAddress address, String why) {
    boolean news = contested.add(address, why);
    keepBack(address);
    return news;
  }

  /** The address is like any other again; returns false when it was. */
  public synchronized boolean settle(IpAddress address) {
    boolean news = contested.remove(address);
    if (news && holdings.get(address) == null) {
      pools.of(address).ifPresent(pool -> pool.stock().giveBack(address, ""));
    }
    return news;
  }

  /** Why it is contested, for a person; empty when it is not. */
  public synchronized Optional<String> whyContested(IpAddress address) {
    return Optional.ofNullable(contested.all().get(address));
  }

  /** How many addresses other machines of the LAN have. */
  public synchronized int contestedCount() {
    return contested.all().size();
  }

  private void hold(IpAddress address, Hold hold) {
    holdings.put(address, hold);
    Optional<Pool> pool = pools.of(address);
    pool.ifPresent(giver -> giver.stock().take(address, hold.first().namespace()));
    if (pool.isEmpty() || pool.get().policy().deleting()) {
      orphans.add(address);
    }
  }

  /**
   * The addresses that the Service of this UID holds, the oldest claim first. Of two that leaders
   * who did not know of each other claimed for it, every leader so takes the same one for surplus.
   */
  public synchronized List<IpAddress> heldBy(String uid) {
    return holdings.ofUid(uid).stream()
        .sorted(
            Comparator.comparing(
                    (IpAddress held) -> Objects.requireNonNull(holdings.get(held)).since())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** Other Services of this namespace and name that hold addresses. */
  public synchronized Set<Claimant> namesakes(Claimant claimant) {
    return holdings.namesakes(claimant);
  }

  /** Whoever holds an address. */
  public synchronized Set<Claimant> claimants() {
    return holdings.claimants();
  }

  /** How many addresses are held, of whatever pool. */
  public synchronized int heldCount() {
    return holdings.size();
  }

  /** How many of them no pool has, or none for long. */
  public synchronized int orphanedCount() {
    return orphans.size();
  }

  /** Why no pool has this address, or none for long, for a person; empty when one has it. */
  public synchronized Optional<String> whyOrphaned(IpAddress address) {
    if (!orphans.contains(address)) {
      return Optional.empty();
    }
    return pools
        .of(address)
        .map(pool -> "AddressPool " + pool.name() + " is being deleted")
        .or(() -> pools.whyWithheld(address, null))
        .or(() -> Optional.of("no AddressPool has it"));
  }

  /** Counts over every pool, by its name. */
  public synchronized Map<String, Usage> usages() {
    Map<String, Usage> usages = new TreeMap<>();
    pools.names().forEach(pool -> usages.put(pool, usage(pool)));
    return usages;
  }

  /** Counts over one pool; addresses held outside of it do not count. */
  public synchronized Usage usage(String pool) {
    return usagesOf(pool).values().stream().reduce(new Usage(0, 0), Usage::plus);
  }

  private Map<IpFamily, Usage> usagesOf(String name) {
    Map<IpFamily, Usage> usages = new EnumMap<>(IpFamily.class);
    Pool pool = pools.get(name);
    for (IpFamily family : IpFamily.values()) {
      if (pool != null && pool.stock().serves(family)) {
        usages.put(family, pool.stock().usage(family));
      }
    }
    return usages;
  }

  /** How things stand with one pool. */
  public synchronized PoolReport report(String name) {
    Set<IpAddress> taken = holdings.ofPool(name);
    return new PoolReport(
        usagesOf(name),
        !taken.isEmpty(),
        (int) orphans.stream().filter(taken::contains).count(),
        pools.overlaps(name),
        contestedOf(name));
  }

  private List<String> contestedOf(String name) {
    return contested.all().entrySet().stream()
        .filter(entry -> pools.of(entry.getKey()).filter(p -> p.name().equals(name)).isPresent())
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .toList();
  }

  /** Who has an address from this pool that no other has, by namespace and name, in order. */
  public synchronized List<String> dependants(String name) {
    return holdings.ofPool(name).stream()
        .filter(address -> !pools.othersHaveForLong(address, name))
        .flatMap(address -> sharesOf(address).stream())
        .map(share -> share.claimant().toString())
        .distinct()
        .sorted()
        .toList();
  }
}
