package dev.ballast.operator.service;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.PoolRejection;
import java.util.List;
import java.util.stream.Collectors;

/** Why a Service has not got the addresses that it asks for, in words. */
final class AllocationMessages {

  /** Names in a list that a message gives at most. */
  private static final int NAMED = 5;

  /** {@code held}: what it has all the same. */
  static LoadBalancerState.Pending of(AllocationResult.Rejected why, List<IpAddress> held) {
    LoadBalancerState.Pending plain = of(why);
    return held.isEmpty()
        ? plain
        : new LoadBalancerState.Pending(
            plain.reason(),
            plain.message()
                + " Meanwhile the Service has "
                + held.stream().map(IpAddress::toString).collect(Collectors.joining(", "))
                + ".");
  }

  private static LoadBalancerState.Pending of(AllocationResult.Rejected why) {
    return switch (why) {
      case AllocationResult.NoPool(var family, var asked) ->
          new LoadBalancerState.Pending(
              ServiceConditions.NO_POOL,
              asked == null
                  ? "No %s address can be assigned: no AddressPool has %s addresses. Create one: kubectl explain addresspool.spec"
                      .formatted(family, family)
                  : "No %s address can be assigned: AddressPool %s, which the Service's annotation names, has none of that family. Add some to it, or name another pool."
                      .formatted(family, asked));
      case AllocationResult.Exhausted(var family, var pools) ->
          new LoadBalancerState.Pending(
              ServiceConditions.POOL_EXHAUSTED,
              "No %s address can be assigned: every address of %s is held. Add addresses to a pool, or delete a Service that needs none; kubectl get addresses lists the holders."
                  .formatted(
                      family, (pools.size() == 1 ? "pool " : "pools ") + String.join(", ", pools)));
      case AllocationResult.RejectedByPools(var family, var rejections) ->
          new LoadBalancerState.Pending(
              rejections.stream().anyMatch(PoolRejection.QuotaReached.class::isInstance)
                  ? ServiceConditions.QUOTA_REACHED
                  : ServiceConditions.POOL_RULES,
              "No %s address can be assigned: %s. %s"
                  .formatted(
                      family,
                      rejections.stream()
                          .map(AllocationMessages::words)
                          .collect(Collectors.joining("; ")),
                      remedy(rejections)));
      case AllocationResult.UnknownPool(var asked) ->
          new LoadBalancerState.Pending(
              ServiceConditions.UNKNOWN_POOL,
              "No address can be assigned: AddressPool %s, which the Service's annotation names, does not exist or cannot be read. Create or correct it, or name another pool; kubectl get addresspools lists them."
                  .formatted(asked));
      case AllocationResult.NotInPool(var address, var asked) ->
          new LoadBalancerState.Pending(
              ServiceConditions.NOT_IN_POOL,
              "Address %s cannot be assigned: %s. Ask for an address of a pool, or add this one to a pool; kubectl get addresspools lists them."
                  .formatted(
                      address,
                      asked == null
                          ? "no AddressPool has it"
                          : "AddressPool " + asked + ", which is asked for too, has it not"));
      case AllocationResult.AddressExcluded(var address, var reason) ->
          new LoadBalancerState.Pending(
              ServiceConditions.ADDRESS_WITHHELD,
              "Address %s cannot be assigned: %s. Ask for another.".formatted(address, reason));
      case AllocationResult.ReservedForOther(var address, var reservation) ->
          new LoadBalancerState.Pending(
              ServiceConditions.ADDRESS_RESERVED,
              "Address %s cannot be assigned: it is reserved for %s. Ask for another, or free it: kubectl delete address %s"
                  .formatted(address, reservation, address.objectName()));
      case AllocationResult.NotReleased(var address) ->
          new LoadBalancerState.Pending(
              ServiceConditions.ADDRESS_NOT_RELEASED,
              "Address %s is kept for this Service, and is assigned once an earlier one of its name has let it go."
                  .formatted(address));
      case AllocationResult.AddressTaken(var address, var holder) when holder.isReservation() ->
          new LoadBalancerState.Pending(
              ServiceConditions.ADDRESS_TAKEN,
              "Address %s cannot be assigned: it is reserved by an Address without a claim. Ask for another, or free it: kubectl delete address %s"
                  .formatted(address, holder.name()));
      case AllocationResult.AddressTaken(var address, var holder) ->
          new LoadBalancerState.Pending(
              ServiceConditions.ADDRESS_TAKEN,
              "Address %s cannot be assigned: Service %s holds it. Ask for another, or delete that Service; Services of one namespace can share an address by the annotation ballast.dev/sharing-key."
                  .formatted(address, holder));
      case AllocationResult.PortTaken(var address, var holder, var port) ->
          new LoadBalancerState.Pending(
              ServiceConditions.PORT_TAKEN,
              "Address %s cannot be shared: Service %s has port %s there. Ask for another address, or change the port of one of them."
                  .formatted(address, holder, port));
      case AllocationResult.MalformedAllocationRequest(var asked, var reason) ->
          new LoadBalancerState.Pending(
              ServiceConditions.INVALID_REQUEST,
              "The address asked for, '%s', cannot be assigned: %s. Correct the annotation ballast.dev/address, MetalLB's or spec.loadBalancerIP, whichever asks."
                  .formatted(asked, reason));
    };
  }

  private static String words(PoolRejection rejection) {
    String pool = "pool '" + rejection.pool() + "'";
    return switch (rejection) {
      case PoolRejection.Full _ -> "every address of " + pool + " is held";
      case PoolRejection.Disabled _ -> pool + " is disabled";
      case PoolRejection.Deleting _ -> pool + " is being deleted";
      case PoolRejection.OnRequest _ -> pool + " is only for Services that ask for it";
      case PoolRejection.OtherNamespaces(var _, var wanted) ->
          pool + " is for namespaces with " + wanted;
      case PoolRejection.OtherServices(var _, var wanted) ->
          pool + " is for Services with " + wanted;
      case PoolRejection.QuotaReached(var _, var namespace, var quota, var holders) ->
          "namespace %s may have %d of %s (spec.namespaceQuota), and has them: %s"
              .formatted(namespace, quota, pool, some(holders));
    };
  }

  private static String some(List<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }

  /** What helps at the first pool that could be helped. */
  private static String remedy(List<PoolRejection> rejections) {
    return switch (rejections.getFirst()) {
      case PoolRejection.Full _, PoolRejection.Disabled _, PoolRejection.Deleting _ ->
          "Create a pool, or change one: kubectl get addresspools";
      case PoolRejection.OnRequest(var pool) ->
          "Ask for it by the annotation ballast.dev/pool: %s, or create a pool.".formatted(pool);
      case PoolRejection.OtherNamespaces _ -> "Label the namespace, or create a pool for it.";
      case PoolRejection.OtherServices _ -> "Label the Service, or create a pool for it.";
      case PoolRejection.QuotaReached _ -> "Delete one of them, or raise the quota.";
    };
  }

  private AllocationMessages() {}
}
