package dev.ballast.operator.service.status;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.PoolRejection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Messages for a Service that cannot get an address that it requests: what happened, why, and what
 * to do, in short sentences.
 */
final class AllocationMessages {

  /** The most names that a message lists. */
  private static final int MAX_NAMES = 5;

  private static final String LIST_POOLS = "To list the pools, run: kubectl get addresspools";

  /** {@code held}: the addresses that the Service has nevertheless. */
  static LoadBalancerState.Pending of(AllocationResult.Rejected why, List<IpAddress> held) {
    String message = message(why);
    return new LoadBalancerState.Pending(
        reason(why),
        held.isEmpty()
            ? message
            : "The Service has %s. %s"
                .formatted(
                    held.stream().map(IpAddress::toString).collect(Collectors.joining(", ")),
                    message));
  }

  private static ServiceConditionReason reason(AllocationResult.Rejected why) {
    return switch (why) {
      case AllocationResult.NoPool _ -> ServiceConditionReason.NO_POOL;
      case AllocationResult.Exhausted _ -> ServiceConditionReason.POOL_EXHAUSTED;
      case AllocationResult.RejectedByPools(var _, var rejections) ->
          rejections.stream().anyMatch(PoolRejection.QuotaReached.class::isInstance)
              ? ServiceConditionReason.QUOTA_REACHED
              : ServiceConditionReason.NO_ELIGIBLE_POOL;
      case AllocationResult.UnknownPool _ -> ServiceConditionReason.UNKNOWN_POOL;
      case AllocationResult.NotInPool _ -> ServiceConditionReason.NOT_IN_POOL;
      case AllocationResult.AddressExcluded _ -> ServiceConditionReason.ADDRESS_EXCLUDED;
      case AllocationResult.ReservedForOther _ -> ServiceConditionReason.ADDRESS_RESERVED;
      case AllocationResult.NotReleased _ -> ServiceConditionReason.ADDRESS_NOT_RELEASED;
      case AllocationResult.AddressTaken _ -> ServiceConditionReason.ADDRESS_TAKEN;
      case AllocationResult.PortTaken _ -> ServiceConditionReason.PORT_TAKEN;
      case AllocationResult.MalformedAllocationRequest _ -> ServiceConditionReason.INVALID_REQUEST;
    };
  }

  private static String message(AllocationResult.Rejected why) {
    return switch (why) {
      case AllocationResult.NoPool(var family, var asked) ->
          asked == null
              ? "No %s address can be assigned. No AddressPool contains %s addresses. Create one: kubectl explain addresspool.spec"
                  .formatted(family, family)
              : "No %s address can be assigned. The requested AddressPool %s contains no %s addresses. Add some to it, or request another pool."
                  .formatted(family, asked, family);
      case AllocationResult.Exhausted(var family, var pools) ->
          "No %s address can be assigned. Every address of %s %s is in use. Add addresses to a pool, or delete a Service that needs none. To list the addresses in use, run: kubectl get addresses"
              .formatted(family, pools.size() == 1 ? "pool" : "pools", String.join(", ", pools));
      case AllocationResult.RejectedByPools(var family, var rejections) ->
          "No %s address can be assigned. %s %s"
              .formatted(
                  family,
                  rejections.stream()
                      .map(AllocationMessages::sentence)
                      .collect(Collectors.joining(" ")),
                  remedy(rejections.getFirst()));
      case AllocationResult.UnknownPool(var asked) ->
          "No address can be assigned. The requested AddressPool %s does not exist, or its spec is invalid. Create or correct it, or request another pool. %s"
              .formatted(asked, LIST_POOLS);
      case AllocationResult.NotInPool(var address, var asked) ->
          "Address %s cannot be assigned. %s it. Request an address of a pool, or add this one to a pool. %s"
              .formatted(
                  address,
                  asked == null
                      ? "No AddressPool contains"
                      : "The requested AddressPool " + asked + " does not contain",
                  LIST_POOLS);
      case AllocationResult.AddressExcluded(var address, var reason) ->
          "Address %s cannot be assigned. %s Request another address."
              .formatted(address, SentenceCase.of(reason));
      case AllocationResult.ReservedForOther(var address, var reservationTarget) ->
          "Address %s cannot be assigned. It is reserved for %s. Request another address, or free this one: kubectl delete address %s"
              .formatted(address, reservationTarget, address.objectName());
      case AllocationResult.NotReleased(var address) ->
          "Address %s cannot be assigned yet. It is reserved for this Service, but an earlier Service of the same name still holds it. Wait until that Service is deleted."
              .formatted(address);
      case AllocationResult.AddressTaken(var address, var holder) when holder.isReservation() ->
          "Address %s cannot be assigned. It is reserved by an Address without a claim. Request another address, or free this one: kubectl delete address %s"
              .formatted(address, holder.name());
      case AllocationResult.AddressTaken(var address, var holder) ->
          "Address %s cannot be assigned. Service %s holds it. Request another address, or delete that Service. Services of one namespace can share an address with the annotation ballast.dev/sharing-key."
              .formatted(address, holder);
      case AllocationResult.PortTaken(var address, var holder, var port) ->
          "Address %s cannot be shared. Service %s uses port %s on it. Request another address, or change the port of one of the Services."
              .formatted(address, holder, port);
      case AllocationResult.MalformedAllocationRequest(var asked, var reason) ->
          "The request '%s' is invalid. %s Correct the annotation ballast.dev/address, the MetalLB annotation, or spec.loadBalancerIP."
              .formatted(asked, SentenceCase.of(reason));
    };
  }

  private static String sentence(PoolRejection rejection) {
    String pool = "pool '" + rejection.pool() + "'";
    return SentenceCase.of(
        switch (rejection) {
          case PoolRejection.Full _ -> "every address of " + pool + " is in use";
          case PoolRejection.Disabled _ -> pool + " is disabled";
          case PoolRejection.Deleting _ -> pool + " is being deleted";
          case PoolRejection.OnRequest _ -> pool + " is only for Services that request it";
          case PoolRejection.OtherNamespaces(var _, var selector) ->
              pool + " is only for namespaces with " + selector;
          case PoolRejection.OtherServices(var _, var selector) ->
              pool + " is only for Services with " + selector;
          case PoolRejection.QuotaReached(var _, var namespace, var quota, var holders) ->
              "namespace %s has reached its quota of %d %s in %s (spec.namespaceQuota)%s"
                  .formatted(
                      namespace,
                      quota,
                      quota == 1 ? "address" : "addresses",
                      pool,
                      holders.isEmpty() ? "" : ". Holders: " + some(holders));
        });
  }

  private static String some(List<String> names) {
    return names.size() <= MAX_NAMES
        ? String.join(", ", names)
        : "%s and %d more"
            .formatted(String.join(", ", names.subList(0, MAX_NAMES)), names.size() - MAX_NAMES);
  }

  /** What helps with the first pool, the one that the Service would get an address of. */
  private static String remedy(PoolRejection rejection) {
    return switch (rejection) {
      case PoolRejection.Full _, PoolRejection.Disabled _, PoolRejection.Deleting _ ->
          "Create a pool, or change an existing one. " + LIST_POOLS;
      case PoolRejection.OnRequest(var pool) ->
          "Request it with the annotation ballast.dev/pool: %s, or create a pool.".formatted(pool);
      case PoolRejection.OtherNamespaces _ -> "Label the namespace, or create a pool for it.";
      case PoolRejection.OtherServices _ -> "Label the Service, or create a pool for it.";
      case PoolRejection.QuotaReached _ ->
          "Delete a Service or a retained Address of the namespace, or raise the quota.";
    };
  }

  private AllocationMessages() {}
}
