package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.ReclaimPolicy;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolAddressParser;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.RangeParseResult;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parsed spec of an AddressPool, or the reason why it cannot be parsed. */
sealed interface PoolParseResult {

  record ValidPool(PoolRanges poolRanges, PoolPolicy policy) implements PoolParseResult {}

  /**
   * A spec that the validation of the API server lets through, but that is invalid.
   *
   * @param field of the spec
   * @param entry the invalid value
   * @param reason as a clause of a message
   */
  record MalformedPool(String field, String entry, String reason) implements PoolParseResult {}

  static PoolParseResult of(AddressPool pool) {
    AddressPoolSpec spec = pool.getSpec();
    return switch (PoolAddressParser.parse(spec.addresses())) {
      case RangeParseResult.MalformedRange(var entry, var reason) ->
          new MalformedPool("addresses", entry, reason);
      case RangeParseResult.ParsedRanges(var ranges) ->
          switch (PoolAddressParser.parseExcluded(spec.exclude())) {
            case RangeParseResult.MalformedRange(var entry, var reason) ->
                new MalformedPool("exclude", entry, reason);
            case RangeParseResult.ParsedRanges(var excluded) ->
                withPolicy(
                    spec,
                    new PoolRanges(ranges, excluded, spec.avoidBuggyIPs()),
                    pool.isMarkedForDeletion());
          };
    };
  }

  private static PoolParseResult withPolicy(
      AddressPoolSpec spec, PoolRanges poolRanges, boolean deleting) {
    return invalidOperator("namespaceSelector", spec.namespaceSelector())
        .or(() -> invalidOperator("serviceSelector", spec.serviceSelector()))
        .or(() -> invalidOperator(spec.announce()))
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

  private static Optional<PoolParseResult> invalidOperator(@Nullable AnnounceSpec announce) {
    return announce == null
        ? Optional.empty()
        : invalidOperator("announce.nodeSelector", announce.nodeSelector())
            .or(
                () ->
                    invalidOperator(
                        "announce.preferredNodeSelector", announce.preferredNodeSelector()));
  }

  private static Optional<PoolParseResult> invalidOperator(
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
                    "it is not one of the operators In, NotIn, Exists and DoesNotExist"));
  }

  /** The selector, whose operators are valid. Null selects all. */
  static LabelMatcher selector(@Nullable LabelSelector selector) {
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
