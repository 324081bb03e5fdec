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
 * A pool: what it says it has, to whom it gives, and what of it is left.
 *
 * @param state what it gives in fact: of addresses that two pools have, one has the say
 */
public record Pool(String name, PoolRanges poolRanges, PoolPolicy policy, PoolState state) {

  /** Who comes first, and has the say over what both have; one about to go has none. */
  static final Comparator<Pool> ORDER =
      Comparator.comparing((Pool pool) -> pool.policy.deleting())
          .thenComparing(pool -> pool.policy.priority(), Comparator.reverseOrder())
          .thenComparing(Pool::name);

  /**
   * The next address for this one: the same whenever it asks, as long as that is free.
   *
   * @return empty when all are held
   */
  public Optional<IpAddress> next(ServiceRef serviceRef, IpFamily family) {
    return state.next(serviceRef.toString(), home(serviceRef, family));
  }

  private IpAddress home(ServiceRef serviceRef, IpFamily family) {
    List<AddressRange> ranges =
        poolRanges.ranges().stream().filter(range -> range.first().family() == family).toList();
    long all = 0;
    for (AddressRange range : ranges) {
      all = all > Long.MAX_VALUE - range.size() ? Long.MAX_VALUE : all + range.size();
    }
    long at = PoolPosition.among(all, family + "/" + serviceRef + "/" + name);
    for (AddressRange range : ranges) {
      if (at < range.size()) {
        return range.first().plus(at);
      }
      at -= range.size();
    }
    throw new IllegalStateException("pool " + name + " has no " + family + " address");
  }

  /**
   * Why it gives this one nothing; that it may be full aside.
   *
   * @param asked whether for this pool, or for an address of it
   * @param names of those that hold an address
   */
  public Optional<PoolRejection> barrier(
      AllocationContext context,
      IpFamily family,
      boolean asked,
      Function<IpAddress, Set<String>> names) {
    if (policy.deleting()) {
      return Optional.of(new PoolRejection.Deleting(name));
    }
    if (policy.disabled()) {
      return Optional.of(new PoolRejection.Disabled(name));
    }
    return notFor(context)
        .or(
            () ->
                asked || policy.autoAssign()
                    ? Optional.empty()
                    : Optional.of(new PoolRejection.OnRequest(name)))
        .or(() -> quotaReached(context, family, names));
  }

  /** Why it is not for this one at all. */
  public Optional<PoolRejection> notFor(AllocationContext context) {
    Map<String, String> labels = context.namespaceLabels();
    if (!policy.namespaces().takesAll()
        && (labels == null || !policy.namespaces().matches(labels))) {
      return Optional.of(new PoolRejection.OtherNamespaces(name, policy.namespaces()));
    }
    return policy.services().matches(context.serviceContext().labels())
        ? Optional.empty()
        : Optional.of(new PoolRejection.OtherServices(name, policy.services()));
  }

  /**
   * What the Service has of the family for itself does not count: it would be rid of it. What it
   * shares would stay with the others.
   */
  private Optional<PoolRejection> quotaReached(
      AllocationContext context, IpFamily family, Function<IpAddress, Set<String>> names) {
    Integer quota = policy.namespaceQuota();
    if (quota == null) {
      return Optional.empty();
    }
    String namespace = context.serviceRef().namespace();
    Set<IpAddress> held = state.heldIn(namespace);
    long own =
        context.held().stream()
            .filter(address -> address.family() == family && held.contains(address))
            .filter(address -> names.apply(address).size() == 1)
            .count();
    return held.size() - own < quota
        ? Optional.empty()
        : Optional.of(
            new PoolRejection.QuotaReached(
                name,
                namespace,
                quota,
                held.stream()
                    .flatMap(address -> names.apply(address).stream())
                    .distinct()
                    .sorted()
                    .toList()));
  }
}
