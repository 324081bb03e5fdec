package dev.ballast.operator.migrate;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Converts IPAddressPools of MetalLB to a manifest of AddressPools, to be reviewed and applied. */
final class MetalLbPoolConverter {

  /** {@code kind} of the objects that are converted; others are skipped. */
  static final String KIND = "IPAddressPool";

  /**
   * An AddressPool.
   *
   * @param comments rules that could not be converted, each with what to do
   */
  private record ConvertedPool(String name, Map<String, Object> spec, List<String> comments) {}

  /**
   * Writes one AddressPool for each IPAddressPool, in the order of their names.
   *
   * @param objects of any kind
   */
  static String manifest(List<GenericKubernetesResource> objects) {
    List<GenericKubernetesResource> metalLbPools =
        objects.stream()
            .filter(object -> KIND.equals(object.getKind()))
            .sorted(Comparator.comparing(object -> object.getMetadata().getName()))
            .toList();
    int lowest = metalLbPools.stream().mapToInt(MetalLbPoolConverter::priority).max().orElse(0);
    StringBuilder manifest = new StringBuilder();
    metalLbPools.stream().map(pool -> convert(pool, lowest)).forEach(pool -> write(pool, manifest));
    return manifest.toString();
  }

  private static ConvertedPool convert(GenericKubernetesResource metalLbPool, int lowest) {
    List<String> comments = new ArrayList<>();
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("addresses", strings(metalLbPool.get("spec", "addresses")));
    if (Boolean.TRUE.equals(metalLbPool.get("spec", "avoidBuggyIPs"))) {
      spec.put("avoidBuggyIPs", true);
    }
    if (Boolean.FALSE.equals(metalLbPool.get("spec", "autoAssign"))) {
      spec.put("autoAssign", false);
    }
    // For MetalLB, the lowest number comes first, and a pool without a number comes last.
    int priority = priority(metalLbPool);
    if (priority > 0) {
      spec.put("priority", lowest + 1 - priority);
    }
    boolean complete =
        selector(
            "namespaceSelector",
            strings(metalLbPool.get("spec", "serviceAllocation", "namespaces")),
            selectors(metalLbPool.get("spec", "serviceAllocation", "namespaceSelectors")),
            spec,
            comments);
    complete &=
        selector(
            "serviceSelector",
            List.of(),
            selectors(metalLbPool.get("spec", "serviceAllocation", "serviceSelectors")),
            spec,
            comments);
    if (!complete) {
      spec.put("autoAssign", false);
    }
    return new ConvertedPool(metalLbPool.getMetadata().getName(), spec, comments);
  }

  /**
   * Converts selectors: an AddressPool has one, while MetalLB has several, of which one must match.
   *
   * @return false if they cannot be converted; then the pool must not be used automatically
   */
  private static boolean selector(
      String name,
      List<String> namespaces,
      List<Map<String, Object>> selectors,
      Map<String, Object> spec,
      List<String> comments) {
    if (namespaces.isEmpty() && selectors.isEmpty()) {
      return true;
    }
    if (selectors.isEmpty()) {
      spec.put(
          name, Map.of("matchExpressions", List.of(in("kubernetes.io/metadata.name", namespaces))));
      return true;
    }
    if (namespaces.isEmpty() && selectors.size() == 1) {
      spec.put(name, selectors.getFirst());
      return true;
    }
    comments.add(
        "MetalLB uses this pool if one of several selectors matches, but an AddressPool has one selector. The selectors %s are left out, and autoAssign is false. Write %s, and remove autoAssign."
            .formatted(selectors, name));
    return false;
  }

  private static Map<String, Object> in(String key, List<String> values) {
    Map<String, Object> expression = new LinkedHashMap<>();
    expression.put("key", key);
    expression.put("operator", "In");
    expression.put("values", values);
    return expression;
  }

  private static int priority(GenericKubernetesResource metalLbPool) {
    return Optional.<Object>ofNullable(metalLbPool.get("spec", "serviceAllocation", "priority"))
        .filter(Number.class::isInstance)
        .map(priority -> ((Number) priority).intValue())
        .orElse(0);
  }

  private static List<String> strings(@Nullable Object list) {
    return list instanceof List<?> entries
        ? entries.stream().map(entry -> Objects.toString(entry).strip()).toList()
        : List.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> selectors(@Nullable Object list) {
    return list instanceof List<?> entries
        ? entries.stream().map(entry -> (Map<String, Object>) entry).toList()
        : List.of();
  }

  private static void write(ConvertedPool pool, StringBuilder manifest) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", "ballast.dev/v1alpha1");
    object.put("kind", "AddressPool");
    object.put("metadata", Map.of("name", pool.name()));
    object.put("spec", pool.spec());
    manifest.append("---\n");
    pool.comments().forEach(comment -> manifest.append("# ").append(comment).append('\n'));
    manifest.append(Serialization.asYaml(object).replaceFirst("^---\n", ""));
  }

  private MetalLbPoolConverter() {}
}
