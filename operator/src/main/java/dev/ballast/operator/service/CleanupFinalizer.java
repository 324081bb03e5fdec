package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.operator.metadata.Finalizers;
import dev.ballast.operator.observe.Versions;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
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

  /** {@code shown}: as the watch has it */
  void keepOn(Service shown) {
    String uid = shown.getMetadata().getUid();
    if (shown.hasFinalizer(Ballast.SERVICE_FINALIZER)) {
      written.remove(uid);
    } else if (Versions.of(shown) >= written.getOrDefault(uid, 0L)) {
      Finalizers.add(client, shown, Ballast.SERVICE_FINALIZER)
          .ifPresent(live -> written.put(uid, Versions.of(live)));
    }
  }

  /** A Service that needs it no more. */
  void forget(String uid) {
    written.remove(uid);
  }
}
