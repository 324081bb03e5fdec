package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.ReclaimPolicy;
import dev.ballast.operator.ipam.Offer;
import dev.ballast.operator.ipam.PoolAddresses;
import dev.ballast.operator.ipam.PoolPolicy;
import dev.ballast.operator.ipam.Selector;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An AddressPool, read: parsed once here, never validated again. */
sealed interface PoolReading {

  record Understood(Offer offer, PoolPolicy policy) implements PoolReading {}

  /**
   * What the API server's own checks let through.
   *
   * @param field of the spec
   * @param entry as it stands there
   * @param why for a person
   */
  record Malformed(String field, String entry, String why) implements PoolReading {}

  static PoolReading of(AddressPool pool) {
    AddressPoolSpec spec = pool.getSpec();
    return switch (PoolAddresses.parse(spec.addresses())) {
      case PoolAddresses.Malformed(var entry, var why) -> new Malformed("addresses", entry, why);
      case PoolAddresses.Ranges(var ranges) ->
          switch (PoolAddresses.parseExcluded(spec.exclude())) {
            case PoolAddresses.Malformed(var entry, var why) ->
                new Malformed("exclude", entry, why);
            case PoolAddresses.Ranges(var excluded) ->
                withPolicy(
                    spec,
                    new Offer(ranges, excluded, spec.avoidBuggyIPs()),
                    pool.isMarkedForDeletion());
          };
    };
  }

  private static PoolReading withPolicy(AddressPoolSpec spec, Offer offer, boolean deleting) {
    return unreadable("namespaceSelector", spec.namespaceSelector())
        .or(() -> unreadable("serviceSelector", spec.serviceSelector()))
        .orElseGet(
            () ->
                new Understood(
                    offer,
                    new PoolPolicy(
                        spec.autoAssign(),
                        spec.disabled(),
                        deleting,
                        spec.priority(),
                        selector(spec.namespaceSelector()),
                        selector(spec.serviceSelector()),
                        spec.namespaceQuota(),
                        spec.reclaimPolicy() == ReclaimPolicy.Retain)));
  }

  private static Optional<PoolReading> unreadable(String field, @Nullable LabelSelector selector) {
    return requirements(selector).stream()
        .filter(
            requirement ->
                Arrays.stream(Selector.Operator.values())
                    .noneMatch(operator -> operator.name().equals(requirement.getOperator())))
        .findFirst()
        .map(
            requirement ->
                new Malformed(
                    field,
                    String.valueOf(requirement.getOperator()),
                    "an operator is In, NotIn, Exists or DoesNotExist"));
  }

  private static Selector selector(@Nullable LabelSelector selector) {
    return selector == null
        ? Selector.ALL
        : new Selector(
            Objects.requireNonNullElse(selector.getMatchLabels(), Map.of()),
            requirements(selector).stream()
                .map(
                    requirement ->
                        new Selector.Requirement(
                            requirement.getKey(),
                            Selector.Operator.valueOf(requirement.getOperator()),
                            Objects.requireNonNullElse(requirement.getValues(), List.of())))
                .toList());
  }

  private static List<LabelSelectorRequirement> requirements(@Nullable LabelSelector selector) {
    return selector == null
        ? List.of()
        : Objects.requireNonNullElse(selector.getMatchExpressions(), List.of());
  }
}
