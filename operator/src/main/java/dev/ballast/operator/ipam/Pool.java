package dev.ballast.operator.ipam;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A pool: what it says it has, to whom it gives, and what of it is left.
 *
 * @param stock what it gives in fact: of addresses that two pools have, one has the say
 */
record Pool(String name, Offer offer, PoolPolicy policy, Stock stock) {

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
  Optional<IpAddress> next(Claimant claimant, IpFamily family) {
    return stock.next(claimant.toString(), home(claimant, family));
  }

  private IpAddress home(Claimant claimant, IpFamily family) {
    List<AddressRange> ranges =
        offer.ranges().stream().filter(range -> range.first().family() == family).toList();
    long all = 0;
    for (AddressRange range : ranges) {
      all = all > Long.MAX_VALUE - range.size() ? Long.MAX_VALUE : all + range.size();
    }
    long at = Place.among(all, family + "/" + claimant + "/" + name);
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
  Optional<Barrier> barrier(
      Applicant applicant, IpFamily family, boolean asked, Function<IpAddress, Set<String>> names) {
    if (policy.deleting()) {
      return Optional.of(new Barrier.Deleting(name));
    }
    if (policy.disabled()) {
      return Optional.of(new Barrier.Disabled(name));
    }
    return notFor(applicant)
        .or(
            () ->
                asked || policy.autoAssign()
                    ? Optional.empty()
                    : Optional.of(new Barrier.OnRequest(name)))
        .or(() -> quotaReached(applicant, family, names));
  }

  /** Why it is not for this one at all. */
  Optional<Barrier> notFor(Applicant applicant) {
    Map<String, String> labels = applicant.namespaceLabels();
    if (!policy.namespaces().takesAll()
        && (labels == null || !policy.namespaces().matches(labels))) {
      return Optional.of(new Barrier.OtherNamespaces(name, policy.namespaces()));
    }
    return policy.services().matches(applicant.standing().labels())
        ? Optional.empty()
        : Optional.of(new Barrier.OtherServices(name, policy.services()));
  }

  /**
   * What the Service has of the family for itself does not count: it would be rid of it. What it
   * shares would stay with the others.
   */
  private Optional<Barrier> quotaReached(
      Applicant applicant, IpFamily family, Function<IpAddress, Set<String>> names) {
    Integer quota = policy.namespaceQuota();
    if (quota == null) {
      return Optional.empty();
    }
    String namespace = applicant.claimant().namespace();
    Set<IpAddress> held = stock.heldIn(namespace);
    long own =
        applicant.held().stream()
            .filter(address -> address.family() == family && held.contains(address))
            .filter(address -> names.apply(address).size() == 1)
            .count();
    return held.size() - own < quota
        ? Optional.empty()
        : Optional.of(
            new Barrier.QuotaReached(
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
