package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;

/**
 * Keeps the ledger in step with the Address objects. It runs on every replica, so that a new leader
 * knows all claims before its first decision.
 */
public final class AddressWatch {

  /**
   * Lists all Addresses before it returns.
   *
   * @param onTaken runs when a claim is seen
   * @param onFreed runs when an address became free
   */
  public static SharedIndexInformer<Address> start(
      KubernetesClient client, Addresses addresses, Runnable onTaken, Runnable onFreed) {
    return client
        .resources(Address.class)
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Address address) {
                addresses.observe(address);
                onTaken.run();
              }

              @Override
              public void onUpdate(Address old, Address address) {
                addresses.observe(address);
              }

              @Override
              public void onDelete(Address address, boolean finalStateUnknown) {
                addresses.vanished(address);
                onFreed.run();
              }
            });
  }

  private AddressWatch() {}
}
