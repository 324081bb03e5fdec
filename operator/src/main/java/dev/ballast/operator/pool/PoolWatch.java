package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.PoolAddresses;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;

/** Keeps the ledger's pools in step with the AddressPools, on every replica. */
public final class PoolWatch {

  /** Lists all pools before it returns; {@code onChange} runs after any change. */
  public static SharedIndexInformer<AddressPool> start(
      KubernetesClient client, Ledger ledger, Runnable onChange) {
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
                if (!old.getSpec().equals(pool.getSpec())) {
                  put(pool);
                }
              }

              @Override
              public void onDelete(AddressPool pool, boolean finalStateUnknown) {
                ledger.removePool(pool.getMetadata().getName());
                onChange.run();
              }

              private void put(AddressPool pool) {
                String name = pool.getMetadata().getName();
                switch (PoolAddresses.parse(pool.getSpec().addresses())) {
                  case PoolAddresses.Ranges(var ranges) -> ledger.putPool(name, ranges);
                  // The pool's condition tells; what was given from it before stays given.
                  case PoolAddresses.Malformed _ -> ledger.removePool(name);
                }
                onChange.run();
              }
            });
  }

  private PoolWatch() {}
}
