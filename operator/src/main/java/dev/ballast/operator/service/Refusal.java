package dev.ballast.operator.service;

import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.IpAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Why a Service has not got the addresses that it asks for, in words. */
final class Refusal {

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

  private Refusal() {}
}
