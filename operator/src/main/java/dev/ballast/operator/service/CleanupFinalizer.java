package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.operator.metadata.Finalizers;
import dev.ballast.operator.observe.Versions;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Keeps {@value Ballast#SERVICE_FINALIZER} on Services. A node's report often overtakes what the
 * watch of Services has to say of our own write: writing again would be refused, and the address be
 * published two requests later.
 */
final class CleanupFinalizer {

  private final KubernetesClient client;

  /** By uid, the resource version from which on the watch shows the finalizer. */
  private final ConcurrentMap<String, Long> written = new ConcurrentHashMap<>();

  CleanupFinalizer(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Returns the Service as the API server has it then, where it had to be asked.
   *
   * @param shown as the watch has it
   */
  Optional<Service> keepOn(Service shown) {
    String uid = shown.getMetadata().getUid();
    if (shown.hasFinalizer(Ballast.SERVICE_FINALIZER)) {
      written.remove(uid);
      return Optional.empty();
    }
    if (Versions.of(shown) < written.getOrDefault(uid, 0L)) {
      return Optional.empty();
    }
    Optional<Service> live =
        Finalizers.add(client, shown, Ballast.SERVICE_FINALIZER).map(Service.class::cast);
    live.ifPresent(there -> written.put(uid, Versions.of(there)));
    return live;
  }

  /** A Service that needs it no more. */
  void forget(String uid) {
    written.remove(uid);
  }
}
