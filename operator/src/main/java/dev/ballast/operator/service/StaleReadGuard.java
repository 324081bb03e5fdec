package dev.ballast.operator.service;

import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.ApiServerTime;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Guards against allocations that are based on stale reads. A watch may be behind, above all that
 * of a leader which another one has replaced without its knowledge. A Service that seems to have no
 * address may then have one that clients use. So the Service is read from the API server before it
 * gets an address, leaves one, or restates its claim, unless it is new.
 */
final class StaleReadGuard {

  /** No watch is behind for longer, unless its process was suspended. */
  private static final Duration MAX_WATCH_DELAY = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final AddressClaimer addressClaimer;
  private final ApiServerTime apiServerTime;

  StaleReadGuard(
      KubernetesClient client, AddressClaimer addressClaimer, ApiServerTime apiServerTime) {
    this.client = client;
    this.addressClaimer = addressClaimer;
    this.apiServerTime = apiServerTime;
  }

  /**
   * The Service to reconcile, read again where that matters.
   *
   * @param cached as the watch shows it
   * @param wanted the intent of {@code cached}
   * @return empty when the Service is gone
   */
  Optional<Service> current(
      Service cached, ServiceRef serviceRef, LoadBalancerIntent.LoadBalancerWanted wanted) {
    if (isNew(cached, wanted)
        || !addressClaimer.wouldChange(
            wanted.claimFor(serviceRef), wanted.requests(), wanted.serviceContext())) {
      return Optional.of(cached);
    }
    Service live =
        client.services().inNamespace(serviceRef.namespace()).withName(serviceRef.name()).get();
    if (live == null || !live.getMetadata().getUid().equals(serviceRef.uid())) {
      return Optional.empty();
    }
    addressClaimer.confirm(serviceRef.uid(), PublishedStatus.of(live).addresses());
    return Optional.of(live);
  }

  private boolean isNew(Service cached, LoadBalancerIntent.LoadBalancerWanted wanted) {
    return wanted.serviceContext().published().isEmpty()
        && apiServerTime
            .ageOf(createdAt(cached))
            .filter(age -> age.compareTo(MAX_WATCH_DELAY) < 0)
            .isPresent();
  }

  /** By the API server's clock. */
  static Instant createdAt(HasMetadata object) {
    return Instant.parse(object.getMetadata().getCreationTimestamp());
  }
}
