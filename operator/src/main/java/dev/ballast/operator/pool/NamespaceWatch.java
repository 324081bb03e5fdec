package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.PoolRegistry;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.Objects;

/** Watches Namespaces and records their labels, for pools that select by them. */
public final class NamespaceWatch {

  /**
   * Lists all namespaces before it returns. {@code onChange} runs if a pool may decide differently.
   */
  public static SharedIndexInformer<Namespace> start(
      KubernetesClient client, PoolRegistry pools, Runnable onChange) {
    return client
        .namespaces()
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Namespace namespace) {
                put(namespace);
              }

              @Override
              public void onUpdate(Namespace old, Namespace namespace) {
                put(namespace);
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
                  onChange.run();
                }
              }
            });
  }

  private NamespaceWatch() {}
}
