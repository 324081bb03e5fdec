package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.AllocationContext;
import dev.ballast.operator.ipam.pool.Pool;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Selects an address for a request: the rules of the pools, reservations, sharing and conflicts. It
 * only reads the state.
 */
final class AddressSelector {

  private final IpamState state;

  AddressSelector(IpamState state) {
    this.state = state;
  }

  AllocationResult select(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    String requestedPool = request.pool();
    if (requestedPool != null && state.pools.get(requestedPool) == null) {
      return new AllocationResult.UnknownPool(requestedPool);
    }
    Set<IpAddress> held = state.allocations.ofService(claim.serviceRef().uid());
    AllocationContext context =
        new AllocationContext(
            claim.serviceRef(),
            serviceContext,
            state.namespaceLabels.get(claim.serviceRef().namespace()),
            held);
    IpAddress address = request.address();
    return address == null
        ? selectAny(claim, context, request)
        : selectRequested(claim, context, address, request);
  }

  private AllocationResult selectRequested(
      AddressClaim claim, AllocationContext context, IpAddress address, AddressRequest request) {
    Optional<Pool> poolOfAddress =
        state
            .pools
            .poolOf(address)
            .filter(pool -> request.pool() == null || pool.name().equals(request.pool()));
    if (poolOfAddress.isEmpty()) {
      return state
          .pools
          .exclusionReason(address, request.pool())
          .<AllocationResult>map(reason -> new AllocationResult.AddressExcluded(address, reason))
          .orElseGet(() -> new AllocationResult.NotInPool(address, request.pool()));
    }
    Pool pool = poolOfAddress.get();
    Allocation held = state.allocations.get(address);
    if (held != null) {
      return selectAllocated(claim, context, address, pool, held);
    }
    Optional<PoolRejection> rejection =
        pool.rejection(context, address.family(), true, this::holderNames);
    return rejection.isPresent()
        ? new AllocationResult.RejectedByPools(address.family(), List.of(rejection.get()))
        : new AllocationResult.Assigned(address, pool.name());
  }

  /** A reservation takes precedence over the rules of the pool. */
  private AllocationResult selectAllocated(
      AddressClaim claim,
      AllocationContext context,
      IpAddress address,
      Pool pool,
      Allocation held) {
    ReservationTarget reservationTarget = held.reservedFor();
    if (held.hasNoService() && reservationTarget != null) {
      return reservationTarget.matches(context.serviceRef())
          ? new AllocationResult.Shareable(address, pool.name())
          : new AllocationResult.ReservedForOther(address, reservationTarget);
    }
    Optional<AllocationResult.Rejected> rejected = claim.rejectionBeside(address, held.claims());
    if (rejected.isPresent()) {
      return rejected.get();
    }
    return pool.selectorRejection(context)
        .<AllocationResult>map(
            rejection -> new AllocationResult.RejectedByPools(address.family(), List.of(rejection)))
        .orElseGet(() -> new AllocationResult.Shareable(address, pool.name()));
  }

  private Set<String> holderNames(IpAddress address) {
    Optional<ReservationTarget> retained =
        Optional.ofNullable(state.allocations.get(address)).flatMap(Allocation::retainedFor);
    if (retained.isPresent()) {
      return Set.of(retainedName(address, retained.orElseThrow()));
    }
    return state.allocations.claimsOn(address).stream()
        .map(holder -> holder.serviceRef().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** By its Service, or by itself if it is reserved for the whole namespace. */
  private static String retainedName(IpAddress address, ReservationTarget reservationTarget) {
    return Objects.requireNonNullElse(reservationTarget.service(), address.toString())
        + " (retained)";
  }

  private AllocationResult selectAny(
      AddressClaim claim, AllocationContext context, AddressRequest request) {
    Optional<AllocationResult> reservedOrShared = selectReservedOrShared(claim, context, request);
    if (reservedOrShared.isPresent()) {
      return reservedOrShared.get();
    }
    List<PoolRejection> rejections = new ArrayList<>();
    for (Pool pool : state.pools.candidates(request.pool())) {
      if (!pool.hasFamily(request.family())) {
        continue;
      }
      Optional<PoolRejection> rejection =
          pool.rejection(context, request.family(), request.pool() != null, this::holderNames);
      if (rejection.isPresent()) {
        rejections.add(rejection.get());
        continue;
      }
      Optional<IpAddress> next = pool.nextAddress(context.serviceRef(), request.family());
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

  /**
   * An address that is reserved for this Service, one that it must wait for, or one that it can
   * share; empty if there is none.
   */
  private Optional<AllocationResult> selectReservedOrShared(
      AddressClaim claim, AllocationContext context, AddressRequest request) {
    ServiceRef serviceRef = context.serviceRef();
    Optional<AllocationResult> reserved =
        state.allocations.reservedFor(serviceRef).stream()
            .filter(address -> matches(address, request) && state.pools.hasLastingPool(address))
            .findFirst()
            .map(address -> new AllocationResult.Shareable(address, poolOf(address)));
    Optional<AllocationResult> notReleased =
        state.allocations.predecessorsOf(serviceRef).stream()
            .flatMap(earlier -> state.allocations.ofService(earlier.uid()).stream())
            .filter(address -> matches(address, request) && state.pools.hasLastingPool(address))
            .filter(address -> willBeReservedFor(address, serviceRef))
            .findFirst()
            .map(AllocationResult.NotReleased::new);
    return reserved
        .or(() -> notReleased)
        .or(
            () ->
                state.allocations.ofSharingKey(claim).stream()
                    .filter(ip -> satisfies(claim, ip, request, context.serviceContext()))
                    .map(address -> selectRequested(claim, context, address, request))
                    .filter(AllocationResult.Shareable.class::isInstance)
                    .findFirst());
  }

  private boolean matches(IpAddress address, AddressRequest request) {
    return address.family() == request.family()
        && (request.pool() == null || request.pool().equals(poolOf(address)));
  }

  /** Whether the address stays reserved for Services of this name after its holders are gone. */
  private boolean willBeReservedFor(IpAddress address, ServiceRef holder) {
    Allocation held = state.allocations.get(address);
    return held != null
        && (held.reservedFor() != null
            ? held.reservedFor().matches(holder)
            : state.pools.retainsAddresses(held.pool()));
  }

  private String poolOf(IpAddress address) {
    return state.pools.poolOf(address).map(Pool::name).orElse("");
  }

  /** Whether this address is what the Service requests. The rules of the pool do not matter. */
  boolean satisfies(
      AddressClaim claim,
      IpAddress address,
      AddressRequest request,
      ServiceContext serviceContext) {
    return address.family() == request.family()
        && (request.address() == null || address.equals(request.address()))
        && (request.pool() == null || isInPool(address, request.pool()))
        && (request.address() != null
            || isReservedFor(claim, address)
            || !state.conflicts.containsKey(address))
        && !(serviceContext.reassignOrphaned() && !state.pools.hasLastingPool(address))
        && state.allocations.claimsOn(address).stream()
            .allMatch(
                other -> other.belongsTo(claim.serviceRef().uid()) || claim.sharesWith(other));
  }

  /** Whether the address is reserved for this Service, which counts as a request for it. */
  private boolean isReservedFor(AddressClaim claim, IpAddress address) {
    Allocation held = state.allocations.get(address);
    return held != null
        && held.reservedFor() != null
        && held.reservedFor().matches(claim.serviceRef());
  }

  private boolean isInPool(IpAddress address, String name) {
    Allocation held = state.allocations.get(address);
    Pool pool = state.pools.get(name);
    return (held != null && held.pool().equals(name)) || (pool != null && pool.contains(address));
  }
}
