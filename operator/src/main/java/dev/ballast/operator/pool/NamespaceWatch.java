package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.PoolRegistry;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Watches Namespaces and records their labels, for pools that select by them. The annotations are
 * read from the watch, by Services that have defaults from their namespace.
 */
public final class NamespaceWatch {

  /**
   * Lists all namespaces before it returns.
   *
   * @param onLabels runs if a pool may decide differently
   * @param onAnnotations receives the name of a namespace whose annotations of Ballast changed
   */
  public static SharedIndexInformer<Namespace> start(
      KubernetesClient client,
      PoolRegistry pools,
      Runnable onLabels,
      Consumer<String> onAnnotations) {
    return client
        .namespaces()
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Namespace namespace) {
                put(namespace);
                // Its Services may have been seen before, if all were created together.
                compare(Map.of(), namespace);
              }

              @Override
              public void onUpdate(Namespace old, Namespace namespace) {
                put(namespace);
                compare(ourAnnotations(old), namespace);
              }

              @Override
              public void onDelete(Namespace namespace, boolean finalStateUnknown) {
                pools.removeNamespace(namespace.getMetadata().getName());
              }

              private void put(Namespace namespace) {
                var metadata = namespace.getMetadata();
                if (pools.putNamespace(
                    metadata.getName(),
                    Objects.requireNonNullElse(metadata.getLabels(), Map.of()))) {
                  onLabels.run();
                }
              }

              private void compare(Map<String, String> before, Namespace namespace) {
                if (!ourAnnotations(namespace).equals(before)) {
                  onAnnotations.accept(namespace.getMetadata().getName());
                }
              }
            });
  }

  /** The annotations of the namespace of this name; none while the watch does not show it. */
  public static Map<String, String> annotations(
      SharedIndexInformer<Namespace> watch, String namespace) {
    Namespace shown = watch.getStore().getByKey(namespace);
    return shown == null ? Map.of() : annotations(shown);
  }

  private static Map<String, String> annotations(Namespace namespace) {
    return Objects.requireNonNullElse(namespace.getMetadata().getAnnotations(), Map.of());
  }

  /** Other controllers annotate namespaces too, to no effect on Services. */
  private static Map<String, String> ourAnnotations(Namespace namespace) {
    return annotations(namespace).entrySet().stream()
        .filter(annotation -> annotation.getKey().startsWith(ApiNames.GROUP + "/"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private NamespaceWatch() {}
}
