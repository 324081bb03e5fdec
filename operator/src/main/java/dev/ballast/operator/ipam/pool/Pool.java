package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An address pool: its ranges, its rules, and the state of its addresses. The state covers the
 * addresses that this pool allocates: if two pools contain an address, only one of them does.
 */
public final class Pool {

  /** The order of precedence. A pool that is being deleted comes last. */
  static final Comparator<Pool> ORDER =
      Comparator.comparing((Pool pool) -> pool.policy.deleting())
          .thenComparing(pool -> pool.policy.priority(), Comparator.reverseOrder())
          .thenComparing(Pool::name);

  private final String name;
  private final PoolRanges poolRanges;
  private final PoolPolicy policy;
  private final PoolState state;

  Pool(String name, PoolRanges poolRanges, PoolPolicy policy, PoolState state) {
    this.name = name;
    this.poolRanges = poolRanges;
    this.policy = policy;
    this.state = state;
  }

  public String name() {
    return name;
  }

  PoolRanges poolRanges() {
    return poolRanges;
  }

  PoolPolicy policy() {
    return policy;
  }

  PoolState state() {
    return state;
  }

  /** Whether the pool allocates addresses of this family. */
  public boolean hasFamily(IpFamily family) {
    return state.hasFamily(family);
  }

  public PoolUsage usage(IpFamily family) {
    return state.usage(family);
  }

  /** Whether its spec contains the address, allocated by this pool or not. */
  public boolean contains(IpAddress address) {
    return AddressRange.anyContains(poolRanges.ranges(), address);
  }

  /** Marks the address as allocated to this namespace. No effect if it is not in this pool. */
  public void markAllocated(IpAddress address, String namespace) {
    state.markAllocated(address, namespace);
  }

  /** Marks the address as recently released. No effect if it is not allocated. */
  public void release(IpAddress address, String holder) {
    state.release(address, holder);
  }

  /**
   * The free address for this Service: the same one for every call while it is free.
   *
   * @return empty if all addresses are allocated
   */
  public Optional<IpAddress> nextAddress(ServiceRef serviceRef, IpFamily family) {
    return state.nextAddress(serviceRef.toString(), preferredAddress(serviceRef, family));
  }

  private IpAddress preferredAddress(ServiceRef serviceRef, IpFamily family) {
    List<AddressRange> ranges =
        poolRanges.ranges().stream().filter(range -> range.first().family() == family).toList();
    long total = 0;
    for (AddressRange range : ranges) {
      total = total > Long.MAX_VALUE - range.size() ? Long.MAX_VALUE : total + range.size();
    }
    long index = LinearHash.bucket(total, family + "/" + serviceRef + "/" + name);
    for (AddressRange range : ranges) {
      if (index < range.size()) {
        return range.first().plus(index);
      }
      index -= range.size();
    }
    throw new IllegalStateException("pool " + name + " has no " + family + " address");
  }

  /**
   * Why the rules of the pool reject this Service; empty if they allow it. The pool may be full
   * nevertheless.
   *
   * @param requested whether the Service requests this pool, or an address of it
   * @param holderNames the names of the Services that hold an address
   */
  public Optional<PoolRejection> rejection(
      AllocationContext context,
      IpFamily family,
      boolean requested,
      Function<IpAddress, Set<String>> holderNames) {
    if (policy.deleting()) {
      return Optional.of(new PoolRejection.Deleting(name));
    }
    if (policy.disabled()) {
      return Optional.of(new PoolRejection.Disabled(name));
    }
    return selectorRejection(context)
        .or(
            () ->
                requested || policy.autoAssign()
                    ? Optional.empty()
                    : Optional.of(new PoolRejection.OnRequest(name)))
        .or(() -> quotaRejection(context, family, holderNames));
  }

  /** Why the selectors of the pool reject this Service; empty if they match. */
  public Optional<PoolRejection> selectorRejection(AllocationContext context) {
    Map<String, String> labels = context.namespaceLabels();
    if (!policy.namespaces().matchesAll()
        && (labels == null || !policy.namespaces().matches(labels))) {
      return Optional.of(new PoolRejection.OtherNamespaces(name, policy.namespaces()));
    }
    return policy.services().matches(context.serviceContext().labels())
        ? Optional.empty()
        : Optional.of(new PoolRejection.OtherServices(name, policy.services()));
  }

  /**
   * Addresses that the Service holds alone do not count, because it would release them. An address
   * that it shares stays with the other holders.
   */
  private Optional<PoolRejection> quotaRejection(
      AllocationContext context, IpFamily family, Function<IpAddress, Set<String>> holderNames) {
    Integer quota = policy.namespaceQuota();
    if (quota == null) {
      return Optional.empty();
    }
    String namespace = context.serviceRef().namespace();
    Set<IpAddress> held = state.allocatedIn(namespace);
    long own =
        context.held().stream()
            .filter(address -> address.family() == family && held.contains(address))
            .filter(address -> holderNames.apply(address).size() == 1)
            .count();
    return held.size() - own < quota
        ? Optional.empty()
        : Optional.of(
            new PoolRejection.QuotaReached(
                name,
                namespace,
                quota,
                held.stream()
                    .flatMap(address -> holderNames.apply(address).stream())
                    .distinct()
                    .sorted()
                    .toList()));
  }
}
