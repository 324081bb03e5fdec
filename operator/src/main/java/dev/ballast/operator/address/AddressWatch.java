package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.Claimant;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.function.Consumer;

/**
 * Keeps the ledger in step with the Address objects. It runs on every replica, so that a new leader
 * knows all claims before its first decision.
 */
public final class AddressWatch {

  /**
   * Lists all Addresses before it returns.
   *
   * @param onTaken told of a claim that is seen
   * @param onSurplus told of a Service that was seen to hold more than one address
   * @param onLost told of a Service whose Address somebody else deleted
   * @param onFreed runs when an address became free
   */
  public static SharedIndexInformer<Address> start(
      KubernetesClient client,
      Addresses addresses,
      Consumer<Claimant> onTaken,
      Consumer<Claimant> onSurplus,
      Consumer<Claimant> onLost,
      Runnable onFreed) {
    return client
        .resources(Address.class)
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Address address) {
                addresses.observe(address);
                addresses.surplus(address).ifPresent(onSurplus);
                Addresses.claimantOf(address).ifPresent(onTaken);
              }

              @Override
              public void onUpdate(Address old, Address address) {
                addresses.observe(address);
              }

              @Override
              public void onDelete(Address address, boolean finalStateUnknown) {
                addresses.vanished(address).ifPresent(onLost);
                onFreed.run();
              }
            });
  }

  private AddressWatch() {}
}
