package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.AllocationContext;
import dev.ballast.operator.ipam.pool.Pool;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.PoolTable;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers wishes, and changes nothing. */
final class AddressSelector {

  private final PoolTable poolTable;
  private final AllocationTable allocationTable;
  private final ConflictingAddresses conflictingAddresses;

  AddressSelector(
      PoolTable poolTable,
      AllocationTable allocationTable,
      ConflictingAddresses conflictingAddresses) {
    this.poolTable = poolTable;
    this.allocationTable = allocationTable;
    this.conflictingAddresses = conflictingAddresses;
  }

  /** {@code namespaceLabels}: null while they are not known. */
  AllocationResult choose(
      AddressClaim claim,
      AddressRequest request,
      ServiceContext serviceContext,
      @Nullable Map<String, String> namespaceLabels) {
    String asked = request.pool();
    if (asked != null && poolTable.get(asked) == null) {
      return new AllocationResult.UnknownPool(asked);
    }
    Set<IpAddress> held = allocationTable.ofUid(claim.serviceRef().uid());
    AllocationContext context =
        new AllocationContext(claim.serviceRef(), serviceContext, namespaceLabels, held);
    IpAddress address = request.address();
    return address == null
        ? chooseAny(claim, context, request)
        : chooseThis(claim, context, address, request);
  }

  private AllocationResult chooseThis(
      AddressClaim claim, AllocationContext context, IpAddress address, AddressRequest request) {
    Optional<Pool> giver =
        poolTable
            .of(address)
            .filter(pool -> request.pool() == null || pool.name().equals(request.pool()));
    if (giver.isEmpty()) {
      return poolTable
          .whyWithheld(address, request.pool())
          .<AllocationResult>map(why -> new AllocationResult.AddressExcluded(address, why))
          .orElseGet(() -> new AllocationResult.NotInPool(address, request.pool()));
    }
    Pool pool = giver.get();
    Allocation held = allocationTable.get(address);
    if (held != null) {
      return chooseHeld(claim, context, address, pool, held);
    }
    Optional<PoolRejection> rejection =
        pool.barrier(context, address.family(), true, this::namesOfHolders);
    return rejection.isPresent()
        ? new AllocationResult.RejectedByPools(address.family(), List.of(rejection.get()))
        : new AllocationResult.Assigned(address, pool.name());
  }

  /** A reservation is above the rules of its pool. */
  private AllocationResult chooseHeld(
      AddressClaim claim,
      AllocationContext context,
      IpAddress address,
      Pool pool,
      Allocation held) {
    Reservation reservation = held.reservedFor();
    if (held.isKept() && reservation != null) {
      return reservation.admits(context.serviceRef())
          ? new AllocationResult.Shareable(address, pool.name())
          : new AllocationResult.ReservedForOther(address, reservation);
    }
    Optional<AllocationResult.Rejected> rejected = claim.refusedBy(address, held.claims());
    if (rejected.isPresent()) {
      return rejected.get();
    }
    return pool.notFor(context)
        .<AllocationResult>map(
            rejection -> new AllocationResult.RejectedByPools(address.family(), List.of(rejection)))
        .orElseGet(() -> new AllocationResult.Shareable(address, pool.name()));
  }

  private Set<String> namesOfHolders(IpAddress address) {
    return allocationTable.sharesOf(address).stream()
        .map(holder -> holder.serviceRef().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  private AllocationResult chooseAny(
      AddressClaim claim, AllocationContext context, AddressRequest request) {
    Optional<AllocationResult> notNew = keptOrShared(claim, context, request);
    if (notNew.isPresent()) {
      return notNew.get();
    }
    List<PoolRejection> rejections = new ArrayList<>();
    for (Pool pool : poolTable.candidates(request.pool())) {
      if (!pool.state().serves(request.family())) {
        continue;
      }
      Optional<PoolRejection> rejection =
          pool.barrier(context, request.family(), request.pool() != null, this::namesOfHolders);
      if (rejection.isPresent()) {
        rejections.add(rejection.get());
        continue;
      }
      Optional<IpAddress> next = pool.next(context.serviceRef(), request.family());
      if (next.isPresent()) {
        return new AllocationResult.Assigned(next.get(), pool.name());
      }
      rejections.add(new PoolRejection.Full(pool.name()));
    }
    if (rejections.isEmpty()) {
      return new AllocationResult.NoPool(request.family(), request.pool());
    }
    return rejections.stream().allMatch(PoolRejection.Full.class::isInstance)
        ? new AllocationResult.Exhausted(
            request.family(), rejections.stream().map(PoolRejection::pool).toList())
        : new AllocationResult.RejectedByPools(request.family(), rejections);
  }

  /** What is kept for this one, or may be shared; or that it has to be waited for. */
  private Optional<AllocationResult> keptOrShared(
      AddressClaim claim, AllocationContext context, AddressRequest request) {
    ServiceRef serviceRef = context.serviceRef();
    Optional<AllocationResult> kept =
        allocationTable.keptFor(serviceRef).stream()
            .filter(address -> isOf(address, request) && poolTable.haveForLong(address))
            .findFirst()
            .map(address -> new AllocationResult.Shareable(address, poolOf(address)));
    Optional<AllocationResult> notReleased =
        allocationTable.namesakes(serviceRef).stream()
            .flatMap(earlier -> allocationTable.ofUid(earlier.uid()).stream())
            .filter(address -> isOf(address, request) && poolTable.haveForLong(address))
            .filter(address -> isKeptAfter(address, serviceRef))
            .findFirst()
            .map(AllocationResult.NotReleased::new);
    return kept.or(() -> notReleased)
        .or(
            () ->
                allocationTable.ofKey(claim).stream()
                    .filter(ip -> grants(claim, ip, request, context.serviceContext()))
                    .map(address -> chooseThis(claim, context, address, request))
                    .filter(AllocationResult.Shareable.class::isInstance)
                    .findFirst());
  }

  private boolean isOf(IpAddress address, AddressRequest request) {
    return address.family() == request.family()
        && (request.pool() == null || request.pool().equals(poolOf(address)));
  }

  /** Whether this address will be kept for Services of this name when its holders are gone. */
  private boolean isKeptAfter(IpAddress address, ServiceRef holder) {
    Allocation held = allocationTable.get(address);
    return held != null
        && (held.reservedFor() != null
            ? held.reservedFor().admits(holder)
            : poolTable.retain(held.pool()));
  }

  private String poolOf(IpAddress address) {
    return poolTable.of(address).map(Pool::name).orElse("");
  }

  /** Whether who holds this address has what is wished; its pool's rules aside. */
  boolean grants(
      AddressClaim claim,
      IpAddress address,
      AddressRequest request,
      ServiceContext serviceContext) {
    return address.family() == request.family()
        && (request.address() == null || address.equals(request.address()))
        && (request.pool() == null || isFrom(address, request.pool()))
        && (request.address() != null
            || isReservedFor(claim, address)
            || !conflictingAddresses.contains(address))
        && !(serviceContext.leavesOrphaned() && !poolTable.haveForLong(address))
        && allocationTable.sharesOf(address).stream()
            .allMatch(other -> other.isOf(claim.serviceRef().uid()) || claim.sharesWith(other));
  }

  /** A reservation names the address, as a wish does. */
  private boolean isReservedFor(AddressClaim claim, IpAddress address) {
    Allocation held = allocationTable.get(address);
    return held != null
        && held.reservedFor() != null
        && held.reservedFor().admits(claim.serviceRef());
  }

  private boolean isFrom(IpAddress address, String name) {
    Allocation held = allocationTable.get(address);
    Pool pool = poolTable.get(name);
    return (held != null && held.pool().equals(name))
        || (pool != null && PoolTable.has(pool.poolRanges().ranges(), address));
  }
}
