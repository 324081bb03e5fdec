package dev.ballast.operator.migrate;

import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.LabelMatcher.LabelOperator;
import dev.ballast.operator.ipam.pool.LabelMatcher.LabelRequirement;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Converts the L2Advertisements of MetalLB to {@code spec.announce} of the AddressPools that they
 * announce. Several L2Advertisements of one pool add up, while an AddressPool has one rule.
 */
final class L2AdvertisementConverter {

  /** {@code kind} of the objects that are converted; others are skipped. */
  static final String KIND = "L2Advertisement";

  private final List<GenericKubernetesResource> advertisements;

  /**
   * @param objects of any kind; without an L2Advertisement, nothing is converted
   */
  L2AdvertisementConverter(List<GenericKubernetesResource> objects) {
    this.advertisements = objects.stream().filter(object -> KIND.equals(object.getKind())).toList();
  }

  /**
   * The value of {@code spec.announce}; empty if every node and interface announces.
   *
   * @param comments gets what could not be converted, and what to do
   */
  Map<String, Object> announce(GenericKubernetesResource pool, List<String> comments) {
    Map<String, Object> announce = new LinkedHashMap<>();
    if (advertisements.isEmpty()) {
      return announce;
    }
    List<GenericKubernetesResource> applying =
        advertisements.stream().filter(each -> appliesTo(each, pool)).toList();
    if (applying.isEmpty()) {
      comments.add(
          "No L2Advertisement names this pool, so MetalLB does not announce it by ARP and Neighbor Discovery. Ballast does. Remove the pool if its Services need another way.");
      return announce;
    }
    nodeSelector(applying, comments).ifPresent(selector -> announce.put("nodeSelector", selector));
    Set<String> interfaces = interfaces(applying, comments);
    if (!interfaces.isEmpty()) {
      announce.put("interfaces", List.copyOf(interfaces));
    }
    applying.stream()
        .filter(each -> !selectors(each, "serviceSelectors").isEmpty())
        .forEach(
            each ->
                comments.add(
                    "The serviceSelectors of L2Advertisement %s are left out. Ballast announces every Service of the pool. Use one AddressPool for each group of Services."
                        .formatted(each.getMetadata().getName())));
    return announce;
  }

  private static boolean appliesTo(
      GenericKubernetesResource advertisement, GenericKubernetesResource pool) {
    List<String> names = strings(advertisement, "ipAddressPools");
    List<Map<String, Object>> selectors = selectors(advertisement, "ipAddressPoolSelectors");
    Map<String, String> labels =
        Objects.requireNonNullElse(pool.getMetadata().getLabels(), Map.of());
    return (names.isEmpty() && selectors.isEmpty())
        || names.contains(pool.getMetadata().getName())
        || selectors.stream().anyMatch(selector -> matcher(selector).matches(labels));
  }

  private static Optional<Map<String, Object>> nodeSelector(
      List<GenericKubernetesResource> applying, List<String> comments) {
    Set<Map<String, Object>> all = new LinkedHashSet<>();
    for (GenericKubernetesResource each : applying) {
      List<Map<String, Object>> selectors = selectors(each, "nodeSelectors");
      if (selectors.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(selectors);
    }
    if (all.size() == 1) {
      return Optional.of(all.iterator().next());
    }
    Optional<Map<String, Object>> joined = joined(all);
    if (joined.isEmpty()) {
      comments.add(
          "MetalLB announces this pool from the nodes that match one of several selectors, but an AddressPool has one selector. The selectors %s are left out, so every node announces. Write announce.nodeSelector."
              .formatted(all));
    }
    return joined;
  }

  /** Selectors that each allow some values of the same label, as one of host names does. */
  private static Optional<Map<String, Object>> joined(Set<Map<String, Object>> selectors) {
    Set<String> keys = new LinkedHashSet<>();
    List<String> values = new ArrayList<>();
    for (Map<String, Object> selector : selectors) {
      LabelMatcher matcher = matcher(selector);
      if (matcher.labels().size() + matcher.expressions().size() != 1
          || matcher.expressions().stream().anyMatch(e -> e.operator() != LabelOperator.In)) {
        return Optional.empty();
      }
      keys.addAll(matcher.labels().keySet());
      values.addAll(matcher.labels().values());
      matcher.expressions().forEach(expression -> keys.add(expression.key()));
      matcher.expressions().forEach(expression -> values.addAll(expression.values()));
    }
    return keys.size() == 1
        ? Optional.of(
            Map.of(
                "matchExpressions",
                List.of(
                    MetalLbPoolConverter.in(
                        keys.iterator().next(), values.stream().distinct().toList()))))
        : Optional.empty();
  }

  private static Set<String> interfaces(
      List<GenericKubernetesResource> applying, List<String> comments) {
    List<Set<String>> distinct =
        applying.stream()
            .<Set<String>>map(each -> new TreeSet<>(strings(each, "interfaces")))
            .distinct()
            .toList();
    if (distinct.size() > 1) {
      comments.add(
          "Several L2Advertisements announce this pool, each by other interfaces. An AddressPool has the same interfaces for all nodes. Check announce.interfaces.");
    }
    Set<String> union = new TreeSet<>();
    distinct.forEach(union::addAll);
    return distinct.stream().anyMatch(Set::isEmpty) ? Set.of() : union;
  }

  private static LabelMatcher matcher(Map<String, Object> selector) {
    Map<String, String> labels = new LinkedHashMap<>();
    if (selector.get("matchLabels") instanceof Map<?, ?> entries) {
      entries.forEach((key, value) -> labels.put(String.valueOf(key), String.valueOf(value)));
    }
    List<LabelRequirement> expressions = new ArrayList<>();
    if (selector.get("matchExpressions") instanceof List<?> entries) {
      for (Object entry : entries) {
        Map<?, ?> expression = (Map<?, ?>) entry;
        expressions.add(
            new LabelRequirement(
                String.valueOf(expression.get("key")),
                LabelOperator.valueOf(String.valueOf(expression.get("operator"))),
                MetalLbPoolConverter.strings(expression.get("values"))));
      }
    }
    return new LabelMatcher(labels, expressions);
  }

  private static List<String> strings(GenericKubernetesResource object, String field) {
    return MetalLbPoolConverter.strings(value(object, field));
  }

  private static List<Map<String, Object>> selectors(
      GenericKubernetesResource object, String field) {
    return MetalLbPoolConverter.selectors(value(object, field));
  }

  private static @Nullable Object value(GenericKubernetesResource object, String field) {
    return object.get("spec", field);
  }
}
