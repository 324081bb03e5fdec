package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.ReclaimPolicy;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolAddressParser;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An AddressPool, read: parsed once here, never validated again. */
sealed interface PoolParseResult {

  record ValidPool(PoolRanges poolRanges, PoolPolicy policy) implements PoolParseResult {}

  /**
   * What the API server's own checks let through.
   *
   * @param field of the spec
   * @param entry as it stands there
   * @param why for a person
   */
  record MalformedPool(String field, String entry, String why) implements PoolParseResult {}

  static PoolParseResult of(AddressPool pool) {
    AddressPoolSpec spec = pool.getSpec();
    return switch (PoolAddressParser.parse(spec.addresses())) {
      case PoolAddressParser.MalformedPoolAddress(var entry, var why) ->
          new MalformedPool("addresses", entry, why);
      case PoolAddressParser.ParsedRanges(var ranges) ->
          switch (PoolAddressParser.parseExcluded(spec.exclude())) {
            case PoolAddressParser.MalformedPoolAddress(var entry, var why) ->
                new MalformedPool("exclude", entry, why);
            case PoolAddressParser.ParsedRanges(var excluded) ->
                withPolicy(
                    spec,
                    new PoolRanges(ranges, excluded, spec.avoidBuggyIPs()),
                    pool.isMarkedForDeletion());
          };
    };
  }

  private static PoolParseResult withPolicy(
      AddressPoolSpec spec, PoolRanges poolRanges, boolean deleting) {
    return unreadable("namespaceSelector", spec.namespaceSelector())
        .or(() -> unreadable("serviceSelector", spec.serviceSelector()))
        .orElseGet(
            () ->
                new ValidPool(
                    poolRanges,
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

  private static Optional<PoolParseResult> unreadable(
      String field, @Nullable LabelSelector selector) {
    return requirements(selector).stream()
        .filter(
            requirement ->
                Arrays.stream(LabelMatcher.LabelOperator.values())
                    .noneMatch(
                        labelOperator -> labelOperator.name().equals(requirement.getOperator())))
        .findFirst()
        .map(
            requirement ->
                new MalformedPool(
                    field,
                    String.valueOf(requirement.getOperator()),
                    "an operator is In, NotIn, Exists or DoesNotExist"));
  }

  private static LabelMatcher selector(@Nullable LabelSelector selector) {
    return selector == null
        ? LabelMatcher.ALL
        : new LabelMatcher(
            Objects.requireNonNullElse(selector.getMatchLabels(), Map.of()),
            requirements(selector).stream()
                .map(
                    requirement ->
                        new LabelMatcher.LabelRequirement(
                            requirement.getKey(),
                            LabelMatcher.LabelOperator.valueOf(requirement.getOperator()),
                            Objects.requireNonNullElse(requirement.getValues(), List.of())))
                .toList());
  }

  private static List<LabelSelectorRequirement> requirements(@Nullable LabelSelector selector) {
    return selector == null
        ? List.of()
        : Objects.requireNonNullElse(selector.getMatchExpressions(), List.of());
  }
}
