package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.ClusterAddresses;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.Pool;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolState;
import dev.ballast.operator.ipam.pool.PoolTable;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
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
public final class Allocator {

  private static final int GONE_REMEMBERED = 4096;

  private final PoolTable poolTable = new PoolTable();
  private final AllocationTable allocationTable = new AllocationTable();
  private final ConflictingAddresses conflictingAddresses = new ConflictingAddresses();
  private final AddressSelector addressSelector =
      new AddressSelector(poolTable, allocationTable, conflictingAddresses);

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
  public synchronized Set<ServiceRef> putPool(
      String name, PoolRanges poolRanges, PoolPolicy policy) {
    poolTable.put(name, poolRanges, policy, this::fill);
    return findOrphans();
  }

  /** Forgets a pool. What is held stays held; returns as {@link #putPool} does. */
  public synchronized Set<ServiceRef> removePool(String name) {
    poolTable.remove(name, this::fill);
    return findOrphans();
  }

  /** What else in the cluster has addresses; returns as {@link #putPool} does. */
  public synchronized Set<ServiceRef> surround(ClusterAddresses clusterAddresses) {
    poolTable.surround(clusterAddresses, this::fill);
    return findOrphans();
  }

  /** Returns whether that can matter to any pool. */
  public synchronized boolean putNamespace(String name, Map<String, String> labels) {
    Map<String, String> before = namespaces.put(name, Map.copyOf(labels));
    return !labels.equals(before) && poolTable.selectByNamespace();
  }

  public synchronized void removeNamespace(String name) {
    namespaces.remove(name);
  }

  private void fill(PoolState state) {
    conflictingAddresses.all().keySet().forEach(address -> state.take(address, ""));
    allocationTable.forEach(
        (address, allocation) -> state.take(address, allocation.first().namespace()));
  }

  private Set<ServiceRef> findOrphans() {
    Set<ServiceRef> concerned = new HashSet<>();
    allocationTable.forEach(
        (address, allocation) -> {
          boolean changed =
              poolTable.haveForLong(address) ? orphans.remove(address) : orphans.add(address);
          if (changed) {
            allocation.claims().forEach(claim -> concerned.add(claim.serviceRef()));
          }
        });
    return concerned;
  }

  /**
   * Sets aside what is wished, from the first pool that gives it; or finds an address that is kept
   * for this one, or one of the same sharing key whose ports are free.
   */
  public synchronized AllocationResult choose(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    AllocationResult result =
        addressSelector.choose(
            claim, request, serviceContext, namespaces.get(claim.serviceRef().namespace()));
    if (result instanceof AllocationResult.Assigned(var address, var pool)) {
      hold(address, Allocation.setAside(claim, pool));
    }
    return result;
  }

  /** Whether {@link #choose} would find something. */
  public synchronized boolean wouldGive(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    return !(addressSelector.choose(
            claim, request, serviceContext, namespaces.get(claim.serviceRef().namespace()))
        instanceof AllocationResult.Rejected);
  }

  /** Whether addresses of this pool stay reserved for the names of Services that are gone. */
  public synchronized boolean isRetained(String pool) {
    return poolTable.retain(pool);
  }

  /** The pool that gives this address; empty text when none does. */
  public synchronized String poolOf(IpAddress address) {
    return poolTable.of(address).map(Pool::name).orElse("");
  }

  /**
   * Whether who holds this address has what is wished, and need not move. That its pool lost it, or
   * would not give it to this one any more, is no reason.
   */
  public synchronized boolean grants(
      AddressClaim claim,
      IpAddress address,
      AddressRequest request,
      ServiceContext serviceContext) {
    return addressSelector.grants(claim, address, request, serviceContext);
  }

  /** Who holds this address, as far as is known. */
  public synchronized List<AddressClaim> sharesOf(IpAddress address) {
    return allocationTable.sharesOf(address);
  }

  /**
   * The store has an Address that says this. What is older than what is known of the address is
   * passed over: a late watch event undoes no write.
   */
  public synchronized void observe(IpAddress address, Allocation seen) {
    Allocation held = allocationTable.get(address);
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
    Allocation held = allocationTable.get(address);
    if (version < gone.getOrDefault(address, 0L) || (held != null && version < held.version())) {
      return;
    }
    forgetUpTo(version, address);
    if (held != null && held.isRecorded()) {
      free(address, held);
    }
  }

  private void forgetUpTo(long version, IpAddress address) {
    Long before = gone.remove(address);
    gone.put(address, before == null ? version : Math.max(before, version));
  }

  /** Up to which resourceVersion the address is known; 0: it is free, or set aside. */
  public synchronized long versionOf(IpAddress address) {
    Allocation held = allocationTable.get(address);
    return held == null ? 0 : held.version();
  }

  /**
   * The store was asked on behalf of this claimant, and has no such Address.
   *
   * @param known the version that was known before it was asked: whoever held the address then
   *     holds it no more, while what has been learned or set aside since is newer than the answer
   */
  public synchronized void absent(IpAddress address, String uid, long known) {
    Allocation held = allocationTable.get(address);
    if (held != null && held.version() == known && (held.isRecorded() || held.isOf(uid))) {
      forgetUpTo(held.version(), address);
      free(address, held);
    }
  }

  /**
   * The claim on an address that was set aside failed, or its answer was lost. If the watch has
   * shown meanwhile that it was made after all, it stays.
   */
  public synchronized void giveUp(IpAddress address, String uid) {
    Allocation held = allocationTable.get(address);
    if (held != null && held.isOf(uid) && !held.isRecorded()) {
      free(address, held);
    }
  }

  private void free(IpAddress address, Allocation held) {
    allocationTable.remove(address);
    orphans.remove(address);
    poolTable
        .of(address)
        .ifPresent(pool -> pool.state().giveBack(address, held.first().toString()));
    keepBack(address);
  }

  private void keepBack(IpAddress address) {
    if (conflictingAddresses.contains(address) && allocationTable.get(address) == null) {
      poolTable.of(address).ifPresent(pool -> pool.state().take(address, ""));
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
    boolean news = conflictingAddresses.add(address, why);
    keepBack(address);
    return news;
  }

  /** The address is like any other again; returns false when it was. */
  public synchronized boolean settle(IpAddress address) {
    boolean news = conflictingAddresses.remove(address);
    if (news && allocationTable.get(address) == null) {
      poolTable.of(address).ifPresent(pool -> pool.state().giveBack(address, ""));
    }
    return news;
  }

  /** Why it is contested, for a person; empty when it is not. */
  public synchronized Optional<String> whyContested(IpAddress address) {
    return Optional.ofNullable(conflictingAddresses.all().get(address));
  }

  /** How many addresses other machines of the LAN have. */
  public synchronized int contestedCount() {
    return conflictingAddresses.all().size();
  }

  private void hold(IpAddress address, Allocation allocation) {
    allocationTable.put(address, allocation);
    Optional<Pool> pool = poolTable.of(address);
    pool.ifPresent(giver -> giver.state().take(address, allocation.first().namespace()));
    if (pool.isEmpty() || pool.get().policy().deleting()) {
      orphans.add(address);
    }
  }

  /**
   * The addresses that the Service of this UID holds, the oldest claim first. Of two that leaders
   * who did not know of each other claimed for it, every leader so takes the same one for surplus.
   */
  public synchronized List<IpAddress> heldBy(String uid) {
    return allocationTable.ofUid(uid).stream()
        .sorted(
            Comparator.comparing(
                    (IpAddress held) -> Objects.requireNonNull(allocationTable.get(held)).since())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** Other Services of this namespace and name that hold addresses. */
  public synchronized Set<ServiceRef> namesakes(ServiceRef serviceRef) {
    return allocationTable.namesakes(serviceRef);
  }

  /** Whoever holds an address. */
  public synchronized Set<ServiceRef> claimants() {
    return allocationTable.claimants();
  }

  /** How many addresses are held, of whatever pool. */
  public synchronized int heldCount() {
    return allocationTable.size();
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
    return poolTable
        .of(address)
        .map(pool -> "AddressPool " + pool.name() + " is being deleted")
        .or(() -> poolTable.whyWithheld(address, null))
        .or(() -> Optional.of("no AddressPool has it"));
  }

  /** Counts over every pool, by its name. */
  public synchronized Map<String, PoolUsage> usages() {
    Map<String, PoolUsage> usages = new TreeMap<>();
    poolTable.names().forEach(pool -> usages.put(pool, usage(pool)));
    return usages;
  }

  /** Counts over one pool; addresses held outside of it do not count. */
  public synchronized PoolUsage usage(String pool) {
    return usagesOf(pool).values().stream().reduce(new PoolUsage(0, 0), PoolUsage::plus);
  }

  private Map<IpFamily, PoolUsage> usagesOf(String name) {
    Map<IpFamily, PoolUsage> usages = new EnumMap<>(IpFamily.class);
    Pool pool = poolTable.get(name);
    for (IpFamily family : IpFamily.values()) {
      if (pool != null && pool.state().serves(family)) {
        usages.put(family, pool.state().usage(family));
      }
    }
    return usages;
  }

  /** How things stand with one pool. */
  public synchronized PoolReport report(String name) {
    Set<IpAddress> taken = allocationTable.ofPool(name);
    return new PoolReport(
        usagesOf(name),
        !taken.isEmpty(),
        (int) orphans.stream().filter(taken::contains).count(),
        poolTable.overlaps(name),
        contestedOf(name));
  }

  private List<String> contestedOf(String name) {
    return conflictingAddresses.all().entrySet().stream()
        .filter(
            entry -> poolTable.of(entry.getKey()).filter(p -> p.name().equals(name)).isPresent())
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .toList();
  }

  /** Who has an address from this pool that no other has, by namespace and name, in order. */
  public synchronized List<String> dependants(String name) {
    return allocationTable.ofPool(name).stream()
        .filter(address -> !poolTable.othersHaveForLong(address, name))
        .flatMap(address -> sharesOf(address).stream())
        .map(claim -> claim.serviceRef().toString())
        .distinct()
        .sorted()
        .toList();
  }
}
