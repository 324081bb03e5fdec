package dev.ballast.operator.service;

import dev.ballast.operator.address.Addresses;
import dev.ballast.operator.ipam.Claimant;
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
final class Currency {

  /** No watch is behind for so long, unless its process stood still. */
  private static final Duration NEW = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final Addresses addresses;
  private final InstantSource clock;

  Currency(KubernetesClient client, Addresses addresses, InstantSource clock) {
    this.client = client;
    this.addresses = addresses;
    this.clock = clock;
  }

  /**
   * The Service as it is to be judged.
   *
   * @param shown as the watch has it
   * @param wanted what that asks for
   * @return empty when it is gone
   */
  Optional<Service> of(Service shown, Claimant claimant, Demand.Wanted wanted) {
    if (isNew(shown, wanted)
        || !addresses.wouldChange(wanted.share(claimant), wanted.request(), wanted.standing())) {
      return Optional.of(shown);
    }
    Service live =
        client.services().inNamespace(claimant.namespace()).withName(claimant.name()).get();
    if (live == null || !live.getMetadata().getUid().equals(claimant.uid())) {
      return Optional.empty();
    }
    addresses.confirm(claimant.uid(), Publication.in(live.getStatus()).addresses());
    return Optional.of(live);
  }

  private boolean isNew(Service shown, Demand.Wanted wanted) {
    return wanted.standing().shown().isEmpty() && clock.instant().isBefore(madeAt(shown).plus(NEW));
  }

  /** By the API server's clock. */
  static Instant madeAt(HasMetadata object) {
    return Instant.parse(object.getMetadata().getCreationTimestamp());
  }
}
