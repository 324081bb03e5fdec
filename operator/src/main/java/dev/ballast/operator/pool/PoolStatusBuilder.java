package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressCount;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.PoolReport;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.reconciler.ConditionTransitions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the status of a pool shall say. */
final class PoolStatusBuilder {

  /** Names or ranges that a message gives at most. */
  private static final int NAMED = 5;

  private record ConditionText(boolean status, String reason, String message) {}

  static AddressPoolStatus of(
      AddressPool pool, PoolReport report, List<String> dependants, Instant now) {
    Long generation = pool.getMetadata().getGeneration();
    AddressPoolStatus before = pool.getStatus();
    PoolParseResult reading = PoolParseResult.of(pool);
    List<Condition> conditions = new ArrayList<>();
    conditions.add(condition("Ready", ready(pool, reading, report), generation, before, now));
    if (pool.isMarkedForDeletion()) {
      conditions.add(condition("InUse", inUse(dependants), generation, before, now));
    }
    if (reading instanceof PoolParseResult.MalformedPool) {
      return new AddressPoolStatus(
          generation, null, null, null, null, null, report.orphaned(), conditions);
    }
    if (!report.overlaps().isEmpty()) {
      ConditionText overlapping =
          new ConditionText(true, "Overlap", some(report.overlaps(), "; ") + ".");
      conditions.add(condition("Overlapping", overlapping, generation, before, now));
    }
    if (!report.contested().isEmpty()) {
      ConditionText conflict =
          new ConditionText(true, AddressReport.IN_USE, some(report.contested(), "; ") + ".");
      conditions.add(condition("Conflict", conflict, generation, before, now));
    }
    PoolUsage total = report.total();
    return new AddressPoolStatus(
        generation,
        total.capacity(),
        total.allocated(),
        total.available(),
        count(report, IpFamily.IPv4),
        count(report, IpFamily.IPv6),
        report.orphaned(),
        conditions);
  }

  private static @Nullable AddressCount count(PoolReport report, IpFamily family) {
    return report
        .of(family)
        .map(usage -> new AddressCount(usage.capacity(), usage.allocated(), usage.available()))
        .orElse(null);
  }

  private static ConditionText ready(AddressPool pool, PoolParseResult reading, PoolReport report) {
    if (pool.isMarkedForDeletion()) {
      return new ConditionText(
          false, "Deleting", "The pool is being deleted and gives no more addresses.");
    }
    if (reading instanceof PoolParseResult.MalformedPool(var field, var entry, var why)) {
      return new ConditionText(
          false,
          "Malformed",
          "No address is assigned from this pool: '%s' cannot be read, since %s. Correct spec.%s."
              .formatted(entry, why, field));
    }
    if (pool.getSpec().disabled()) {
      return new ConditionText(
          false, "Disabled", "No more addresses are assigned, since spec.disabled is true.");
    }
    if (report.total().capacity() == 0) {
      return new ConditionText(
          false,
          "Empty",
          "No address is left to give: each is excluded, avoided, of a node, or given by another pool. Add others.");
    }
    return report.total().available() == 0
        ? new ConditionText(
            false,
            "Exhausted",
            "Every address is held. Add addresses, or delete Services that need none.")
        : new ConditionText(true, "Usable", "Addresses can be assigned.");
  }

  private static ConditionText inUse(List<String> dependants) {
    return dependants.isEmpty()
        ? new ConditionText(false, "Unused", "No Service has an address that only this pool has.")
        : new ConditionText(
            true,
            "WaitingForServices",
            "The pool goes when these Services have let go of their addresses, which no other pool has: %s. To move one: kubectl annotate service NAME %s=true"
                .formatted(some(dependants, ", "), ApiNames.READDRESS_ANNOTATION));
  }

  private static String some(List<String> names, String separator) {
    return names.size() <= NAMED
        ? String.join(separator, names)
        : String.join(separator, names.subList(0, NAMED))
            + " and "
            + (names.size() - NAMED)
            + " more";
  }

  private static Condition condition(
      String type,
      ConditionText conditionText,
      @Nullable Long generation,
      @Nullable AddressPoolStatus before,
      Instant now) {
    return ConditionTransitions.timed(
        new ConditionBuilder()
            .withType(type)
            .withStatus(conditionText.status() ? "True" : "False")
            .withReason(conditionText.reason())
            .withMessage(conditionText.message())
            .withObservedGeneration(generation)
            .build(),
        before == null ? List.of() : before.conditions(),
        now);
  }

  private PoolStatusBuilder() {}
}
