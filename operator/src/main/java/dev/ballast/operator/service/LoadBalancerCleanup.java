package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.FinalizerWriter;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Releases the addresses of a Service that is deleted, or that changes its type or its class. The
 * order is always the same: withdraw the status, stop the data plane, remove the finalizer, delete
 * the Address. The Address is the last to go, so that a cleanup that is interrupted at any point is
 * found by it and repeated.
 */
final class LoadBalancerCleanup {

  private final KubernetesClient client;
  private final AddressClaimer addressClaimer;
  private final LoadBalancerWriter loadBalancerWriter;

  LoadBalancerCleanup(
      KubernetesClient client,
      AddressClaimer addressClaimer,
      LoadBalancerWriter loadBalancerWriter) {
    this.client = client;
    this.addressClaimer = addressClaimer;
    this.loadBalancerWriter = loadBalancerWriter;
  }

  /**
   * Goes as far as it can without waiting.
   *
   * @param service null when it is gone
   * @param loadBalancer of that Service as the watch shows it, or null. The watch may not show one
   *     that was written a moment ago, so that the API server is asked where there may be one.
   * @return how long to wait before the next call; empty when the cleanup is complete
   */
  Optional<Duration> run(
      ServiceRef serviceRef, @Nullable Service service, @Nullable LoadBalancer loadBalancer) {
    boolean holds = !addressClaimer.addressesOf(serviceRef.uid()).isEmpty();
    LoadBalancer existing =
        loadBalancer == null && holds ? loadBalancerWriter.get(serviceRef) : loadBalancer;
    LoadBalancer own =
        existing != null && LoadBalancerWriter.isOwnedBy(existing, serviceRef.uid())
            ? existing
            : null;
    boolean published = service != null && PublishedStatus.hasConditions(service);
    if (service != null && published && holds) {
      withdraw(service, service.hasFinalizer(ApiNames.SERVICE_FINALIZER));
    }
    if (own != null) {
      Optional<Duration> wait = loadBalancerWriter.delete(own);
      if (wait.isPresent()) {
        return wait;
      }
    }
    if (service != null && (holds || published)) {
      FinalizerWriter.remove(client, service, ApiNames.SERVICE_FINALIZER);
    }
    if (service != null && published && !holds && !service.isMarkedForDeletion()) {
      // Somebody deleted the Address, so that the conditions were the only trace of the operator.
      withdraw(service, false);
    }
    addressClaimer.release(serviceRef.uid());
    return Optional.empty();
  }

  /** An apply of an empty status removes what this field manager applied before. */
  private void withdraw(Service service, boolean keepFinalizer) {
    client
        .resource(PublishedStatus.NOTHING.toApply(service, keepFinalizer, false))
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(LoadBalancerWriter.FIELD_MANAGER)
                .withForce(true)
                .build());
  }
}
