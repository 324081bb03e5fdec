package dev.ballast.operator.service;

import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Sees to it that no address moves on old news. A watch may be behind, most of all that of a leader
 * which does not know yet that another one has taken over: what it takes for a Service without an
 * address may have one, and clients may know it. So the API server is asked before a Service that
 * is not new gets an address, leaves one, or says anew for what it has one.
 */
final class StaleReadGuard {

  /** No watch is behind for so long, unless its process stood still. */
  private static final Duration NEW = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final AddressClaimer addressClaimer;
  private final InstantSource clock;

  StaleReadGuard(KubernetesClient client, AddressClaimer addressClaimer, InstantSource clock) {
    this.client = client;
    this.addressClaimer = addressClaimer;
    this.clock = clock;
  }

  /**
   * The Service as it is to be judged.
   *
   * @param shown as the watch has it
   * @param wanted what that asks for
   * @return empty when it is gone
   */
  Optional<Service> of(
      Service shown, ServiceRef serviceRef, LoadBalancerIntent.LoadBalancerWanted wanted) {
    if (isNew(shown, wanted)
        || !addressClaimer.wouldChange(
            wanted.share(serviceRef), wanted.requests(), wanted.serviceContext())) {
      return Optional.of(shown);
    }
    Service live =
        client.services().inNamespace(serviceRef.namespace()).withName(serviceRef.name()).get();
    if (live == null || !live.getMetadata().getUid().equals(serviceRef.uid())) {
      return Optional.empty();
    }
    addressClaimer.confirm(serviceRef.uid(), PublishedStatus.in(live.getStatus()).addresses());
    return Optional.of(live);
  }

  private boolean isNew(Service shown, LoadBalancerIntent.LoadBalancerWanted wanted) {
    return wanted.serviceContext().published().isEmpty()
        && clock.instant().isBefore(madeAt(shown).plus(NEW));
  }

  /** By the API server's clock. */
  static Instant madeAt(HasMetadata object) {
    return Instant.parse(object.getMetadata().getCreationTimestamp());
  }
}
