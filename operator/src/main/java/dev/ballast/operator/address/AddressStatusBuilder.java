package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.api.v1alpha1.AddressStatus.Phase;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.LanAddressConflicts;
import dev.ballast.operator.ipam.OrphanedAddresses;
import dev.ballast.operator.reconciler.ConditionTransitions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds the status of an Address: its phase, and whether it is orphaned or in conflict. */
final class AddressStatusBuilder {

  private final OrphanedAddresses orphans;
  private final LanAddressConflicts conflicts;
  private final Allocator allocator;

  AddressStatusBuilder(Ipam ipam) {
    this.orphans = ipam.orphans();
    this.conflicts = ipam.conflicts();
    this.allocator = ipam.allocator();
  }

  /** Null if a Service holds the address, all is well, and there was no status before. */
  @Nullable AddressStatus build(Address address, Instant now) {
    Optional<Condition> orphaned =
        AddressConverter.addressOf(address)
            .flatMap(orphans::reason)
            .map(reason -> orphaned(address, reason, now));
    Optional<Condition> conflict =
        AddressConverter.addressOf(address)
            .flatMap(conflicts::reason)
            .map(reason -> conflict(address, reason, now));
    String pool = poolNow(address);
    if (address.getStatus() == null
        && isBound(address)
        && pool.isEmpty()
        && orphaned.isEmpty()
        && conflict.isEmpty()) {
      return null;
    }
    Phase unbound = address.getSpec().pool().isEmpty() ? Phase.Reserved : Phase.Released;
    return new AddressStatus(
        isBound(address) ? Phase.Bound : unbound,
        pool,
        Stream.concat(orphaned.stream(), conflict.stream()).toList());
  }

  /** The pool that has the address now; empty if the spec names it, or if there is none. */
  private String poolNow(Address address) {
    return AddressConverter.addressOf(address)
        .map(allocator::poolOf)
        .filter(pool -> !pool.equals(address.getSpec().pool()))
        .orElse("");
  }

  private static boolean isBound(Address address) {
    return !address.getSpec().claims().isEmpty();
  }

  private static Condition orphaned(Address address, String reason, Instant now) {
    String ip = address.getSpec().ip();
    return isBound(address)
        ? condition(
            address,
            AddressConditionReason.HELD_OUTSIDE_OF_POOLS,
            "%s is orphaned, because %s. The Service that holds it keeps it. Add the address to a pool, or move the Service with the annotation %s=true."
                .formatted(ip, reason, ApiNames.READDRESS_ANNOTATION),
            now)
        : condition(
            address,
            AddressConditionReason.NOT_IN_POOL,
            "%s cannot be assigned, because %s. Add it to a pool, or delete this Address."
                .formatted(ip, reason),
            now);
  }

  private static Condition conflict(Address address, String reason, Instant now) {
    return condition(
        address,
        AddressConditionReason.ADDRESS_IN_USE,
        "%s: %s%s".formatted(address.getSpec().ip(), reason, reason.endsWith(".") ? "" : "."),
        now);
  }

  private static Condition condition(
      Address address, AddressConditionReason reason, String message, Instant now) {
    return ConditionTransitions.withTransitionTime(
        new ConditionBuilder()
            .withType(reason.type().type())
            .withStatus(reason.status() ? "True" : "False")
            .withReason(reason.reason())
            .withMessage(message)
            .withObservedGeneration(address.getMetadata().getGeneration())
            .build(),
        address.getStatus() == null ? List.of() : address.getStatus().conditions(),
        now);
  }
}
