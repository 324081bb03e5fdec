package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.Addresses;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.metadata.Finalizers;
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
final class Release {

  private final KubernetesClient client;
  private final Addresses addresses;
  private final Programs programs;

  Release(KubernetesClient client, Addresses addresses, Programs programs) {
    this.client = client;
    this.addresses = addresses;
    this.programs = programs;
  }

  /**
   * Goes as far as it can.
   *
   * @param service as it is, or null when it is gone
   * @param program of that Service as the watch shows it, or null. Since the watch may not show one
   *     yet that was just written, the API server has the last word.
   * @return how long to wait before going on; empty when nothing is left
   */
  Optional<Duration> run(
      Claimant claimant, @Nullable Service service, @Nullable LoadBalancer program) {
    boolean holds = !addresses.heldBy(claimant.uid()).isEmpty();
    LoadBalancer shown = program == null && holds ? programs.read(claimant) : program;
    LoadBalancer own = shown != null && Programs.isOwnedBy(shown, claimant.uid()) ? shown : null;
    boolean published = service != null && ServiceReconciler.isMarked(service);
    if (service != null && published && holds) {
      withdraw(service, service.hasFinalizer(Ballast.SERVICE_FINALIZER));
    }
    if (own != null) {
      Optional<Duration> wait = programs.remove(own);
      if (wait.isPresent()) {
        return wait;
      }
    }
    if (service != null && (holds || published)) {
      Finalizers.remove(client, service, Ballast.SERVICE_FINALIZER);
    }
    if (service != null && published && !holds && !service.isMarkedForDeletion()) {
      // Somebody deleted the Address, so that what is published was the only trace of us.
      withdraw(service, false);
    }
    addresses.release(claimant.uid());
    return Optional.empty();
  }

  /** Applying nothing takes back what this field manager applied before. */
  private void withdraw(Service service, boolean finalized) {
    client
        .resource(Publication.NOTHING.alone(service, finalized, false))
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(Programs.FIELD_MANAGER)
                .withForce(true)
                .build());
  }
}
