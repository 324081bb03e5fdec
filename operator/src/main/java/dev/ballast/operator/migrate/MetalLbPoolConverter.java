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

/** MetalLB's IPAddressPools as AddressPools: a manifest for a person to read and to apply. */
final class MetalLbPoolConverter {

  /** {@code kind} of the objects that are read; others are passed over. */
  static final String KIND = "IPAddressPool";

  /**
   * One of ours.
   *
   * @param remarks what could not be said in our words, each with what to do
   */
  private record MetalLbPool(String name, Map<String, Object> spec, List<String> remarks) {}

  /**
   * Writes one AddressPool for each IPAddressPool, in the order of their names.
   *
   * @param objects of any kind
   */
  static String manifest(List<GenericKubernetesResource> objects) {
    List<GenericKubernetesResource> theirs =
        objects.stream()
            .filter(object -> KIND.equals(object.getKind()))
            .sorted(Comparator.comparing(object -> object.getMetadata().getName()))
            .toList();
    int lowest = theirs.stream().mapToInt(MetalLbPoolConverter::priority).max().orElse(0);
    StringBuilder manifest = new StringBuilder();
    theirs.stream()
        .map(pool -> translate(pool, lowest))
        .forEach(metalLbPool -> write(metalLbPool, manifest));
    return manifest.toString();
  }

  private static MetalLbPool translate(GenericKubernetesResource theirs, int lowest) {
    List<String> remarks = new ArrayList<>();
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("addresses", strings(theirs.get("spec", "addresses")));
    if (Boolean.TRUE.equals(theirs.get("spec", "avoidBuggyIPs"))) {
      spec.put("avoidBuggyIPs", true);
    }
    if (Boolean.FALSE.equals(theirs.get("spec", "autoAssign"))) {
      spec.put("autoAssign", false);
    }
    // There the lowest number comes first, and none at all comes last.
    int priority = priority(theirs);
    if (priority > 0) {
      spec.put("priority", lowest + 1 - priority);
    }
    boolean all =
        selector(
            "namespaceSelector",
            strings(theirs.get("spec", "serviceAllocation", "namespaces")),
            selectors(theirs.get("spec", "serviceAllocation", "namespaceSelectors")),
            spec,
            remarks);
    all &=
        selector(
            "serviceSelector",
            List.of(),
            selectors(theirs.get("spec", "serviceAllocation", "serviceSelectors")),
            spec,
            remarks);
    if (!all) {
      spec.put("autoAssign", false);
    }
    return new MetalLbPool(theirs.getMetadata().getName(), spec, remarks);
  }

  /**
   * Ours has one selector where theirs has several, any of which will do.
   *
   * @return false when it could not be said: then nobody shall have an address by accident
   */
  private static boolean selector(
      String name,
      List<String> namespaces,
      List<Map<String, Object>> theirs,
      Map<String, Object> spec,
      List<String> remarks) {
    if (namespaces.isEmpty() && theirs.isEmpty()) {
      return true;
    }
    if (theirs.isEmpty()) {
      spec.put(
          name, Map.of("matchExpressions", List.of(in("kubernetes.io/metadata.name", namespaces))));
      return true;
    }
    if (namespaces.isEmpty() && theirs.size() == 1) {
      spec.put(name, theirs.getFirst());
      return true;
    }
    remarks.add(
        "MetalLB gave it to whatever one of several selectors matches, and a pool has one here: %s was left out, and the pool is given only to Services that ask for it. Write %s, and remove autoAssign."
            .formatted(theirs, name));
    return false;
  }

  private static Map<String, Object> in(String key, List<String> values) {
    Map<String, Object> expression = new LinkedHashMap<>();
    expression.put("key", key);
    expression.put("operator", "In");
    expression.put("values", values);
    return expression;
  }

  private static int priority(GenericKubernetesResource theirs) {
    return Optional.<Object>ofNullable(theirs.get("spec", "serviceAllocation", "priority"))
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

  private static void write(MetalLbPool metalLbPool, StringBuilder manifest) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", "ballast.dev/v1alpha1");
    object.put("kind", "AddressPool");
    object.put("metadata", Map.of("name", metalLbPool.name()));
    object.put("spec", metalLbPool.spec());
    manifest.append("---\n");
    metalLbPool.remarks().forEach(remark -> manifest.append("# ").append(remark).append('\n'));
    manifest.append(Serialization.asYaml(object).replaceFirst("^---\n", ""));
  }

  private MetalLbPoolConverter() {}
}
