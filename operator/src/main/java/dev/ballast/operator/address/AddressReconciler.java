package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.Claimant;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.util.Optional;

/**
 * Gives back addresses whose Service is gone without having let them go: its finalizer was removed
 * by hand, or the operator died between claiming the address and setting the finalizer.
 */
@ControllerConfiguration(name = "address")
public final class AddressReconciler implements Reconciler<Address> {

  /** Lets go what a Service that is gone still holds. */
  @FunctionalInterface
  public interface Release {
    /** Returns how long to wait before asking again, or empty when all is let go. */
    Optional<Duration> run(Claimant gone);
  }

  private static final Duration SECOND_LOOK = Duration.ofMinutes(5);

  private final KubernetesClient client;
  private final Release release;

  public AddressReconciler(KubernetesClient client, Release release) {
    this.client = client;
    this.release = release;
  }

  @Override
  public UpdateControl<Address> reconcile(Address address, Context<Address> context) {
    Optional<Claimant> claimant = Addresses.claimantOf(address);
    if (claimant.isEmpty() || address.isMarkedForDeletion()) {
      return UpdateControl.noUpdate();
    }
    Claimant holder = claimant.get();
    Service service =
        client.services().inNamespace(holder.namespace()).withName(holder.name()).get();
    if (service != null && service.getMetadata().getUid().equals(holder.uid())) {
      return UpdateControl.<Address>noUpdate().rescheduleAfter(SECOND_LOOK);
    }
    return release
        .run(holder)
        .map(wait -> UpdateControl.<Address>noUpdate().rescheduleAfter(wait))
        .orElseGet(UpdateControl::noUpdate);
  }
}
