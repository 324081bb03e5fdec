package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.Ledger;
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
      KubernetesClient client, Ledger ledger, Consumer<Set<Claimant>> onChange) {
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
                onChange.accept(ledger.removePool(pool.getMetadata().getName()));
              }

              private void put(AddressPool pool) {
                String name = pool.getMetadata().getName();
                onChange.accept(
                    switch (PoolReading.of(pool)) {
                      case PoolReading.Understood(var offer, var policy) ->
                          ledger.putPool(name, offer, policy);
                      // The pool's condition tells; what was given from it before stays given.
                      case PoolReading.Malformed _ -> ledger.removePool(name);
                    });
              }
            });
  }

  private PoolWatch() {}
}
