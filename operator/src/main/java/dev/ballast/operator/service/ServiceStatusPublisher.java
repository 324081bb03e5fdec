package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.PublishedStatus;
import dev.ballast.operator.service.status.PublishedStatusBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Publishes the status of a Service, and records an Event for each change. */
final class ServiceStatusPublisher {

  private final AddressClaimer addressClaimer;
  private final ServiceEvents serviceEvents;
  private final InstantSource clock;

  ServiceStatusPublisher(
      AddressClaimer addressClaimer, ServiceEvents serviceEvents, InstantSource clock) {
    this.addressClaimer = addressClaimer;
    this.serviceEvents = serviceEvents;
    this.clock = clock;
  }

  /** The status of a Service without an address. */
  PublishedStatus pending(PublishedStatus before, LoadBalancerState.Pending pending) {
    return new PublishedStatusBuilder(before, clock.instant()).state(pending).build();
  }

  /**
   * The status of a Service with at least one address.
   *
   * @param rejected why it has fewer addresses than it requests; null when it has them all
   */
  PublishedStatus assigned(
      AddressReassignment reassignment,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      LoadBalancer deployed,
      LoadBalancerState state,
      AllocationResult.@Nullable Rejected rejected) {
    List<IpAddress> assigned = reassignment.assigned();
    PublishedStatus before = reassignment.before();
    PublishedStatusBuilder status =
        new PublishedStatusBuilder(before, clock.instant())
            .state(state)
            .orphaned(orphaned(assigned))
            .ignoredAnnotations(wanted.ignoredAnnotations())
            .conflicts(AddressConflicts.ofPublished(assigned, before, deployed))
            .unreachable(LoadBalancerState.unreachable(deployed))
            .limited(LoadBalancerState.rejections(deployed));
    if (rejected != null && wanted.accepts(rejected)) {
      status.acceptedIncomplete(rejected);
    } else if (rejected != null) {
      status.incomplete(rejected, assigned);
    }
    return status.build();
  }

  private List<String> orphaned(List<IpAddress> assigned) {
    return assigned.stream()
        .flatMap(
            ip ->
                addressClaimer
                    .orphanReason(ip)
                    .map(why -> "%s is orphaned: %s.".formatted(ip, why))
                    .stream())
        .toList();
  }

  /** Writes nothing when the status and the finalizer are as they shall be. */
  UpdateControl<Service> publish(Service service, PublishedStatus before, PublishedStatus after) {
    boolean hasFinalizer = service.hasFinalizer(ApiNames.SERVICE_FINALIZER);
    boolean needsFinalizer = !addressClaimer.addressesOf(service.getMetadata().getUid()).isEmpty();
    if (after.equals(before) && (hasFinalizer || !needsFinalizer)) {
      return UpdateControl.noUpdate();
    }
    serviceEvents.record(service, after.eventsSince(before));
    // If another leader has published and the watch is behind, the first publication is refused.
    return UpdateControl.patchStatus(
        after.toApply(service, hasFinalizer || needsFinalizer, PublishedStatus.isFirst(service)));
  }
}
