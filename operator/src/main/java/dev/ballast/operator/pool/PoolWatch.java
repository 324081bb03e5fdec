package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Set;
import java.util.function.Consumer;

/** Keeps the ledger's pools in step with the AddressPools, on every replica. */
public final class PoolWatch {

  /**
   * Lists all pools before it returns.
   *
   * @param onChange runs after any change, with those whose address is orphaned by it, or no longer
   *     is
   */
  public static SharedIndexInformer<AddressPool> start(
      KubernetesClient client, Allocator allocator, Consumer<Set<ServiceRef>> onChange) {
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
                onChange.accept(allocator.removePool(pool.getMetadata().getName()));
              }

              private void put(AddressPool pool) {
                String name = pool.getMetadata().getName();
                onChange.accept(
                    switch (PoolParseResult.of(pool)) {
                      case PoolParseResult.ValidPool(var poolRanges, var policy) ->
                          allocator.putPool(name, poolRanges, policy);
                      // The pool's condition tells; what was given from it before stays given.
                      case PoolParseResult.MalformedPool _ -> allocator.removePool(name);
                    });
              }
            });
  }

  private PoolWatch() {}
}
