package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.pool.ServiceRef;
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
   * @param onTaken runs when an address is seen that was free before
   * @param onClaimed told of each Service that holds it
   * @param onSurplus told of a Service that was seen to hold more than one address
   * @param onShared told of each Service whose Address has other claims than before
   * @param onLost told of a Service whose Address somebody else deleted
   * @param onFreed runs when an address became free, or is kept for a Service
   */
  public static SharedIndexInformer<Address> start(
      KubernetesClient client,
      AddressClaimer addressClaimer,
      Runnable onTaken,
      Consumer<ServiceRef> onClaimed,
      Consumer<ServiceRef> onSurplus,
      Consumer<ServiceRef> onShared,
      Consumer<ServiceRef> onLost,
      Runnable onFreed) {
    return client
        .resources(Address.class)
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Address address) {
                addressClaimer.observe(address);
                addressClaimer.surplus(address).forEach(onSurplus);
                if (address.getSpec().claims().isEmpty()) {
                  // What is kept for a Service may be what that one waits for.
                  onFreed.run();
                } else {
                  onTaken.run();
                }
                AddressClaimer.claimantsOf(address).forEach(onClaimed);
              }

              @Override
              public void onUpdate(Address old, Address address) {
                addressClaimer.observe(address);
                if (!old.getSpec().equals(address.getSpec())) {
                  // A port that one claim gave back may be what another one lacks.
                  AddressClaimer.claimantsOf(address).forEach(onShared);
                  onFreed.run();
                }
              }

              @Override
              public void onDelete(Address address, boolean finalStateUnknown) {
                addressClaimer.vanished(address).forEach(onLost);
                onFreed.run();
              }
            });
  }

  private AddressWatch() {}
}
