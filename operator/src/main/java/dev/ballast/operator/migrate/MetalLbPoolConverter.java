package dev.ballast.operator.migrate;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressPoolSpec;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Converts IPAddressPools of MetalLB to a manifest of AddressPools, to be reviewed and applied. */
final class MetalLbPoolConverter {

  /** {@code kind} of the objects that are converted; others are skipped. */
  static final String KIND = "IPAddressPool";

  /**
   * An AddressPool.
   *
   * @param addresses those of the spec
   * @param comments rules that could not be converted, each with what to do
   */
  private record ConvertedPool(
      String name, List<String> addresses, Map<String, Object> spec, List<String> comments) {}

  /**
   * Writes an AddressPool for each IPAddressPool, or several if it has too many entries, in the
   * order of their names.
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
    Set<String> names =
        metalLbPools.stream()
            .map(pool -> pool.getMetadata().getName())
            .collect(Collectors.toCollection(HashSet::new));
    StringBuilder manifest = new StringBuilder();
    var advertisements = new L2AdvertisementConverter(objects);
    metalLbPools.stream()
        .map(pool -> convert(pool, lowest, advertisements))
        .flatMap(pool -> split(pool, names).stream())
        .forEach(pool -> write(pool, manifest));
    return manifest.toString();
  }

  private static ConvertedPool convert(
      GenericKubernetesResource metalLbPool, int lowest, L2AdvertisementConverter advertisements) {
    List<String> comments = new ArrayList<>();
    Map<String, Object> spec = new LinkedHashMap<>();
    List<String> addresses = ranges(strings(metalLbPool.get("spec", "addresses")));
    spec.put("addresses", addresses);
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
    Map<String, Object> announce = advertisements.announce(metalLbPool, comments);
    if (!announce.isEmpty()) {
      spec.put("announce", announce);
    }
    return new ConvertedPool(metalLbPool.getMetadata().getName(), addresses, spec, comments);
  }

  /** MetalLB accepts spaces around the dash of a range, and an AddressPool does not. */
  private static List<String> ranges(List<String> entries) {
    return entries.stream().map(entry -> entry.replaceAll("\\s*-\\s*", "-")).toList();
  }

  /**
   * Splits a pool with more entries than an AddressPool can have. All parts have the same rules.
   *
   * @param names the names that are in use; gets those of the parts
   */
  private static List<ConvertedPool> split(ConvertedPool pool, Set<String> names) {
    int count = pool.addresses().size();
    if (count <= AddressPoolSpec.MAX_ENTRIES) {
      return List.of(pool);
    }
    List<ConvertedPool> parts = new ArrayList<>();
    int number = 2;
    for (int first = 0; first < count; first += AddressPoolSpec.MAX_ENTRIES) {
      String name = pool.name();
      while (first > 0 && !names.add(name)) {
        name = pool.name() + "-" + number++;
      }
      List<String> addresses =
          pool.addresses().subList(first, Math.min(count, first + AddressPoolSpec.MAX_ENTRIES));
      Map<String, Object> spec = new LinkedHashMap<>(pool.spec());
      spec.put("addresses", addresses);
      parts.add(new ConvertedPool(name, addresses, spec, pool.comments()));
    }
    List<String> comments = new ArrayList<>(pool.comments());
    comments.add(
        "IPAddressPool %1$s has %2$d entries, but an AddressPool can have %3$d. The rest is in %4$s. A Service that requests the pool %1$s gets only addresses of %1$s."
            .formatted(
                pool.name(),
                count,
                AddressPoolSpec.MAX_ENTRIES,
                parts.stream().skip(1).map(ConvertedPool::name).collect(joining(", "))));
    ConvertedPool first = parts.getFirst();
    parts.set(0, new ConvertedPool(first.name(), first.addresses(), first.spec(), comments));
    return parts;
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

  static Map<String, Object> in(String key, List<String> values) {
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

  static List<String> strings(@Nullable Object list) {
    return list instanceof List<?> entries
        ? entries.stream().map(entry -> Objects.toString(entry).strip()).toList()
        : List.of();
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> selectors(@Nullable Object list) {
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
