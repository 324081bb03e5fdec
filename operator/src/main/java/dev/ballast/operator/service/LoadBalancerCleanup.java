package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.FinalizerWriter;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one way a Service lets its address go, whether it is deleted, changes its type or its class:
 * withdraw the status, stop the data plane, drop the finalizer, and delete the Address last. So the
 * Address outlives all else, and a release cut short anywhere is found by it and gone through
 * again.
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
   * Goes as far as it can.
   *
   * @param service as it is, or null when it is gone
   * @param loadBalancer of that Service as the watch shows it, or null. Since the watch may not
   *     show one yet that was just written, the API server has the last word.
   * @return how long to wait before going on; empty when nothing is left
   */
  Optional<Duration> run(
      ServiceRef serviceRef, @Nullable Service service, @Nullable LoadBalancer loadBalancer) {
    boolean holds = !addressClaimer.heldBy(serviceRef.uid()).isEmpty();
    LoadBalancer shown =
        loadBalancer == null && holds ? loadBalancerWriter.read(serviceRef) : loadBalancer;
    LoadBalancer own =
        shown != null && LoadBalancerWriter.isOwnedBy(shown, serviceRef.uid()) ? shown : null;
    boolean published = service != null && ServiceReconciler.isMarked(service);
    if (service != null && published && holds) {
      withdraw(service, service.hasFinalizer(ApiNames.SERVICE_FINALIZER));
    }
    if (own != null) {
      Optional<Duration> wait = loadBalancerWriter.remove(own);
      if (wait.isPresent()) {
        return wait;
      }
    }
    if (service != null && (holds || published)) {
      FinalizerWriter.remove(client, service, ApiNames.SERVICE_FINALIZER);
    }
    if (service != null && published && !holds && !service.isMarkedForDeletion()) {
      // Somebody deleted the Address, so that what is published was the only trace of us.
      withdraw(service, false);
    }
    addressClaimer.release(serviceRef.uid());
    return Optional.empty();
  }

  /** Applying nothing takes back what this field manager applied before. */
  private void withdraw(Service service, boolean finalized) {
    client
        .resource(PublishedStatus.NOTHING.alone(service, finalized, false))
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(LoadBalancerWriter.FIELD_MANAGER)
                .withForce(true)
                .build());
  }
}
