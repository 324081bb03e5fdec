package dev.ballast.operator.ipam;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers wishes, and changes nothing. */
final class Chooser {

  private final Pools pools;
  private final Holdings holdings;
  private final Contested contested;

  Chooser(Pools pools, Holdings holdings, Contested contested) {
    this.pools = pools;
    this.holdings = holdings;
    this.contested = contested;
  }

  /** {@code namespaceLabels}: null while they are not known. */
  Choice choose(
      Share share, Wish wish, Standing standing, @Nullable Map<String, String> namespaceLabels) {
    String asked = wish.pool();
    if (asked != null && pools.get(asked) == null) {
      return new Choice.UnknownPool(asked);
    }
    Set<IpAddress> held = holdings.ofUid(share.claimant().uid());
    Applicant applicant = new Applicant(share.claimant(), standing, namespaceLabels, held);
    IpAddress address = wish.address();
    return address == null ? chooseAny(share, applicant, wish) : chooseThis(share, applicant, address, wish);
  }

  private Choice chooseThis(Share share, Applicant applicant, IpAddress address, Wish wish) {
    Optional<Pool> giver =
        pools.of(address).filter(pool -> wish.pool() == null || pool.name().equals(wish.pool()));
    if (giver.isEmpty()) {
      return pools
          .whyWithheld(address, wish.pool())
          .<Choice>map(why -> new Choice.Withheld(address, why))
          .orElseGet(() -> new Choice.NotInPool(address, wish.pool()));
    }
    Pool pool = giver.get();
    Hold held = holdings.get(address);
    if (held != null) {
      return chooseHeld(share, applicant, address, pool, held);
    }
    Optional<Barrier> barrier =
        pool.barrier(applicant, address.family(), true, this::namesOfHolders);
    return barrier.isPresent()
        ? new Choice.Barred(address.family(), List.of(barrier.get()))
        : new Choice.Assigned(address, pool.name());
  }

  /** A reservation is above the rules of its pool. */
  private Choice chooseHeld(Share share, Applicant applicant, IpAddress address, Pool pool, Hold held) {
    Reservation reservation = held.reservedFor();
    if (held.isKept() && reservation != null) {
      return reservation.admits(applicant.claimant())
          ? new Choice.Shareable(address, pool.name())
          : new Choice.KeptFor(address, reservation);
    }
    Optional<Choice.Refused> refused = share.refusedBy(address, held.shares());
    if (refused.isPresent()) {
      return refused.get();
    }
    return pool.notFor(applicant)
        .<Choice>map(barrier -> new Choice.Barred(address.family(), List.of(barrier)))
        .orElseGet(() -> new Choice.Shareable(address, pool.name()));
  }

  private Set<String> namesOfHolders(IpAddress address) {
    return holdings.sharesOf(address).stream()
        .map(holder -> holder.claimant().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  private Choice chooseAny(Share share, Applicant applicant, Wish wish) {
    Optional<Choice> notNew = keptOrShared(share, applicant, wish);
    if (notNew.isPresent()) {
      return notNew.get();
    }
    List<Barrier> barriers = new ArrayList<>();
    for (Pool pool : pools.candidates(wish.pool())) {
      if (!pool.stock().serves(wish.family())) {
        continue;
      }
      Optional<Barrier> barrier =
          pool.barrier(applicant, wish.family(), wish.pool() != null, this::namesOfHolders);
      if (barrier.isPresent()) {
        barriers.add(barrier.get());
        continue;
      }
      Optional<IpAddress> next = pool.next(applicant.claimant(), wish.family());
      if (next.isPresent()) {
        return new Choice.Assigned(next.get(), pool.name());
      }
      barriers.add(new Barrier.Full(pool.name()));
    }
    if (barriers.isEmpty()) {
      return new Choice.NoPool(wish.family(), wish.pool());
    }
    return barriers.stream().allMatch(Barrier.Full.class::isInstance)
        ? new Choice.Exhausted(wish.family(), barriers.stream().map(Barrier::pool).toList())
        : new Choice.Barred(wish.family(), barriers);
  }

  /** What is kept for this one, or may be shared; or that it has to be waited for. */
  private Optional<Choice> keptOrShared(Share share, Applicant applicant, Wish wish) {
    Claimant claimant = applicant.claimant();
    Optional<Choice> kept =
        holdings.keptFor(claimant).stream()
            .filter(address -> isOf(address, wish) && pools.haveForLong(address))
            .findFirst()
            .map(address -> new Choice.Shareable(address, poolOf(address)));
    Optional<Choice> notReleased =
        holdings.namesakes(claimant).stream()
            .flatMap(earlier -> holdings.ofUid(earlier.uid()).stream())
            .filter(address -> isOf(address, wish) && pools.haveForLong(address))
            .filter(address -> isKeptAfter(address, claimant))
            .findFirst()
            .map(Choice.NotReleased::new);
    return kept.or(() -> notReleased)
        .or(
            () ->
                holdings.ofKey(share).stream()
                    .filter(ip -> grants(share, ip, wish, applicant.standing()))
                    .map(address -> chooseThis(share, applicant, address, wish))
                    .filter(Choice.Shareable.class::isInstance)
                    .findFirst());
  }

  private boolean isOf(IpAddress address, Wish wish) {
    return address.family() == wish.family()
        && (wish.pool() == null || wish.pool().equals(poolOf(address)));
  }

  /** Whether this address will be kept for Services of this name when its holders are gone. */
  private boolean isKeptAfter(IpAddress address, Claimant holder) {
    Hold held = holdings.get(address);
    return held != null
        && (held.reservedFor() != null
            ? held.reservedFor().admits(holder)
            : pools.retain(held.pool()));
  }

  private String poolOf(IpAddress address) {
    return pools.of(address).map(Pool::name).orElse("");
  }

  /** Whether who holds this address has what is wished; its pool's rules aside. */
  boolean grants(Share share, IpAddress address, Wish wish, Standing standing) {
    return address.family() == wish.family()
        && (wish.address() == null || address.equals(wish.address()))
        && (wish.pool() == null || isFrom(address, wish.pool()))
        && (wish.address() != null || isReservedFor(share, address) || !contested.contains(address))
        && !(standing.leavesOrphaned() && !pools.haveForLong(address))
        && holdings.sharesOf(address).stream()
            .allMatch(other -> other.isOf(share.claimant().uid()) || share.sharesWith(other));
  }

  /** A reservation names the address, as a wish does. */
  private boolean isReservedFor(Share share, IpAddress address) {
    Hold held = holdings.get(address);
    return held != null
        && held.reservedFor() != null
        && held.reservedFor().admits(share.claimant());
  }

  private boolean isFrom(IpAddress address, String name) {
    Hold held = holdings.get(address);
    Pool pool = pools.get(name);
    return (held != null && held.pool().equals(name))
        || (pool != null && Pools.has(pool.offer().ranges(), address));
  }
}
