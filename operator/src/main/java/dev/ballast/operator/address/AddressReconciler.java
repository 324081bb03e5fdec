package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Gives back addresses whose Service is gone without having let them go: its finalizer was removed
 * by hand, or the operator died between claiming the address and setting the finalizer.
 */
@ControllerConfiguration(name = "address")
public final class AddressReconciler implements Reconciler<Address> {

  /** What is known of Services, and how one that is gone lets go. */
  public interface Holders {

    /** Whether the Service is there, as far as the watch shows. */
    boolean isPresent(Claimant holder);

    /** Returns how long to wait before asking again, or empty when all is let go. */
    Optional<Duration> releaseGone(Claimant gone);
  }

  private final KubernetesClient client;
  private final Holders holders;
  private final SimpleInboundEventSource<Address> lookAgain =
      new SimpleInboundEventSource<>("look-again");

  public AddressReconciler(KubernetesClient client, Holders holders) {
    this.client = client;
    this.holders = holders;
  }

  @Override
  public List<EventSource<?, Address>> prepareEventSources(EventSourceContext<Address> context) {
    return List.of(lookAgain);
  }

  /** Somebody who held this address is gone. */
  public void lookAgain(IpAddress address) {
    lookAgain.propagateEvent(new ResourceID(address.objectName()));
  }

  @Override
  public UpdateControl<Address> reconcile(Address address, Context<Address> context) {
    UpdateControl<Address> control = UpdateControl.noUpdate();
    if (!address.isMarkedForDeletion()) {
      Addresses.claimantsOf(address).stream()
          .filter(holder -> !isThere(holder))
          .flatMap(gone -> holders.releaseGone(gone).stream())
          .min(Comparator.naturalOrder())
          .ifPresent(control::rescheduleAfter);
    }
    return control;
  }

  /** The watch may be behind: only the API server can say that a Service is gone. */
  private boolean isThere(Claimant holder) {
    if (holders.isPresent(holder)) {
      return true;
    }
    Service live = client.services().inNamespace(holder.namespace()).withName(holder.name()).get();
    return live != null && live.getMetadata().getUid().equals(holder.uid());
  }
}
