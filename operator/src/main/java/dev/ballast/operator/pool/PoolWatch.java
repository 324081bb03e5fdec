package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.operator.ipam.PoolRegistry;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Set;
import java.util.function.Consumer;

/** Watches AddressPools and registers them. It runs on every replica. */
public final class PoolWatch {

  /**
   * Lists all pools before it returns.
   *
   * @param onChange runs after every change, with the holders of addresses that became orphaned by
   *     it, or stopped being so
   */
  public static SharedIndexInformer<AddressPool> start(
      KubernetesClient client, PoolRegistry pools, Consumer<Set<ServiceRef>> onChange) {
    return client
        .resources(AddressPool.class)
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(AddressPool pool) {
                put(pool);
              }

              @Override
              public void onUpdate(AddressPool old, AddressPool pool) {
                if (!old.getSpec().equals(pool.getSpec())
                    || old.isMarkedForDeletion() != pool.isMarkedForDeletion()) {
                  put(pool);
                }
              }

              @Override
              public void onDelete(AddressPool pool, boolean finalStateUnknown) {
                onChange.accept(pools.remove(pool.getMetadata().getName()));
              }

              private void put(AddressPool pool) {
                String name = pool.getMetadata().getName();
                onChange.accept(
                    switch (PoolParseResult.of(pool)) {
                      case PoolParseResult.ValidPool(var poolRanges, var policy) ->
                          pools.put(name, poolRanges, policy);
                      // The condition of the pool reports it. Allocated addresses stay.
                      case PoolParseResult.MalformedPool _ -> pools.remove(name);
                    });
              }
            });
  }

  private PoolWatch() {}
}
