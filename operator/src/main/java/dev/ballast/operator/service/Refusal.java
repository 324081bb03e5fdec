package dev.ballast.operator.service;

import dev.ballast.operator.ipam.Barrier;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.IpAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Why a Service has not got the addresses that it asks for, in words. */
final class Refusal {

  /** Names in a list that a message gives at most. */
  private static final int NAMED = 5;

  /** {@code held}: what it has all the same. */
  static Verdict.Pending of(Choice.Refused why, List<IpAddress> held) {
    Verdict.Pending plain = of(why);
    return held.isEmpty()
        ? plain
        : new Verdict.Pending(
            plain.reason(),
            plain.message()
                + " Meanwhile the Service has "
                + held.stream().map(IpAddress::toString).collect(Collectors.joining(", "))
                + ".");
  }

  private static Verdict.Pending of(Choice.Refused why) {
    return switch (why) {
      case Choice.NoPool(var family, var asked) ->
          new Verdict.Pending(
              Reasons.NO_POOL,
              asked == null
                  ? "No %s address can be assigned: no AddressPool has %s addresses. Create one: kubectl explain addresspool.spec"
                      .formatted(family, family)
                  : "No %s address can be assigned: AddressPool %s, which the Service's annotation names, has none of that family. Add some to it, or name another pool."
                      .formatted(family, asked));
      case Choice.Exhausted(var family, var pools) ->
          new Verdict.Pending(
              Reasons.POOL_EXHAUSTED,
              "No %s address can be assigned: every address of %s is held. Add addresses to a pool, or delete a Service that needs none; kubectl get addresses lists the holders."
                  .formatted(
                      family, (pools.size() == 1 ? "pool " : "pools ") + String.join(", ", pools)));
      case Choice.Barred(var family, var barriers) ->
          new Verdict.Pending(
              barriers.stream().anyMatch(Barrier.QuotaReached.class::isInstance)
                  ? Reasons.QUOTA_REACHED
                  : Reasons.POOL_RULES,
              "No %s address can be assigned: %s. %s"
                  .formatted(
                      family,
                      barriers.stream().map(Refusal::words).collect(Collectors.joining("; ")),
                      remedy(barriers)));
      case Choice.UnknownPool(var asked) ->
          new Verdict.Pending(
              Reasons.UNKNOWN_POOL,
              "No address can be assigned: AddressPool %s, which the Service's annotation names, does not exist or cannot be read. Create or correct it, or name another pool; kubectl get addresspools lists them."
                  .formatted(asked));
      case Choice.NotInPool(var address, var asked) ->
          new Verdict.Pending(
              Reasons.NOT_IN_POOL,
              "Address %s cannot be assigned: %s. Ask for an address of a pool, or add this one to a pool; kubectl get addresspools lists them."
                  .formatted(
                      address,
                      asked == null
                          ? "no AddressPool has it"
                          : "AddressPool " + asked + ", which is asked for too, has it not"));
      case Choice.Withheld(var address, var reason) ->
          new Verdict.Pending(
              Reasons.ADDRESS_WITHHELD,
              "Address %s cannot be assigned: %s. Ask for another.".formatted(address, reason));
      case Choice.KeptFor(var address, var reservation) ->
          new Verdict.Pending(
              Reasons.ADDRESS_RESERVED,
              "Address %s cannot be assigned: it is reserved for %s. Ask for another, or free it: kubectl delete address %s"
                  .formatted(address, reservation, address.objectName()));
      case Choice.NotReleased(var address) ->
          new Verdict.Pending(
              Reasons.ADDRESS_NOT_RELEASED,
              "Address %s is kept for this Service, and is assigned once an earlier one of its name has let it go."
                  .formatted(address));
      case Choice.Taken(var address, var holder) when holder.isReservation() ->
          new Verdict.Pending(
              Reasons.ADDRESS_TAKEN,
              "Address %s cannot be assigned: it is reserved by an Address without a claim. Ask for another, or free it: kubectl delete address %s"
                  .formatted(address, holder.name()));
      case Choice.Taken(var address, var holder) ->
          new Verdict.Pending(
              Reasons.ADDRESS_TAKEN,
              "Address %s cannot be assigned: Service %s holds it. Ask for another, or delete that Service; Services of one namespace can share an address by the annotation ballast.dev/sharing-key."
                  .formatted(address, holder));
      case Choice.PortTaken(var address, var holder, var port) ->
          new Verdict.Pending(
              Reasons.PORT_TAKEN,
              "Address %s cannot be shared: Service %s has port %s there. Ask for another address, or change the port of one of them."
                  .formatted(address, holder, port));
      case Choice.Malformed(var asked, var reason) ->
          new Verdict.Pending(
              Reasons.INVALID_REQUEST,
              "The address asked for, '%s', cannot be assigned: %s. Correct the annotation ballast.dev/address, MetalLB's or spec.loadBalancerIP, whichever asks."
                  .formatted(asked, reason));
    };
  }

  private static String words(Barrier barrier) {
    String pool = "pool '" + barrier.pool() + "'";
    return switch (barrier) {
      case Barrier.Full _ -> "every address of " + pool + " is held";
      case Barrier.Disabled _ -> pool + " is disabled";
      case Barrier.Deleting _ -> pool + " is being deleted";
      case Barrier.OnRequest _ -> pool + " is only for Services that ask for it";
      case Barrier.OtherNamespaces(var _, var wanted) -> pool + " is for namespaces with " + wanted;
      case Barrier.OtherServices(var _, var wanted) -> pool + " is for Services with " + wanted;
      case Barrier.QuotaReached(var _, var namespace, var quota, var holders) ->
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
  private static String remedy(List<Barrier> barriers) {
    return switch (barriers.getFirst()) {
      case Barrier.Full _, Barrier.Disabled _, Barrier.Deleting _ ->
          "Create a pool, or change one: kubectl get addresspools";
      case Barrier.OnRequest(var pool) ->
          "Ask for it by the annotation ballast.dev/pool: %s, or create a pool.".formatted(pool);
      case Barrier.OtherNamespaces _ -> "Label the namespace, or create a pool for it.";
      case Barrier.OtherServices _ -> "Label the Service, or create a pool for it.";
      case Barrier.QuotaReached _ -> "Delete one of them, or raise the quota.";
    };
  }

  private Refusal() {}
}
