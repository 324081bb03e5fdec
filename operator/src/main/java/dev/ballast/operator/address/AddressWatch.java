package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.function.Consumer;

/**
 * Watches Address objects and records them in the allocator. It runs on every replica, so that a
 * new leader knows all claims before its first decision.
 */
public final class AddressWatch {

  /**
   * Lists all Addresses before it returns.
   *
   * @param onAllocated runs when an Address with a claim appears
   * @param onClaimed receives each Service that holds the new Address
   * @param onAffected receives each Service that has to be reconciled: it holds more than one
   *     address, its Address has other claims than before, or somebody else deleted its Address
   * @param onFreed runs when a Service that waits may get an address: one became free, or is
   *     reserved for a Service
   */
  public static SharedIndexInformer<Address> start(
      KubernetesClient client,
      Allocator allocator,
      Runnable onAllocated,
      Consumer<ServiceRef> onClaimed,
      Consumer<ServiceRef> onAffected,
      Runnable onFreed) {
    AddressObserver observer = new AddressObserver(allocator);
    return client
        .resources(Address.class)
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Address address) {
                observer.observe(address);
                observer.holdersWithSurplus(address).forEach(onAffected);
                if (address.getSpec().claims().isEmpty()) {
                  // A Service may wait for an address that is reserved for it.
                  onFreed.run();
                } else {
                  onAllocated.run();
                }
                AddressConverter.holdersOf(address).forEach(onClaimed);
              }

              @Override
              public void onUpdate(Address old, Address address) {
                observer.observe(address);
                if (!old.getSpec().equals(address.getSpec())) {
                  // A port that one claim released may be one that another claim lacks.
                  AddressConverter.holdersOf(address).forEach(onAffected);
                  onFreed.run();
                }
              }

              @Override
              public void onDelete(Address address, boolean finalStateUnknown) {
                observer.observeDeletion(address).forEach(onAffected);
                onFreed.run();
              }
            });
  }

  private AddressWatch() {}
}
