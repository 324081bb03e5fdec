package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.ReservationTarget;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds claims to an existing Address and removes them. Every write has the resourceVersion that it
 * was decided on. If two writes collide, the API server rejects the later one, which is retried.
 */
final class AddressClaimWriter {

  private static final Logger log = LoggerFactory.getLogger(AddressClaimWriter.class);
  private static final int MAX_ATTEMPTS = 16;

  private final KubernetesClient client;
  private final Allocator allocator;
  private final AddressObserver addressObserver;

  AddressClaimWriter(KubernetesClient client, Allocator allocator) {
    this.client = client;
    this.allocator = allocator;
    this.addressObserver = new AddressObserver(allocator);
  }

  /**
   * Adds or updates the claim, without the ports that other Services hold.
   *
   * @param allPorts whether to add nothing if another Service holds one of the ports
   * @return whether the Address has the claim now
   */
  boolean addClaim(IpAddress ip, AddressClaim claim, boolean allPorts) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Address live = refresh(ip, claim.serviceRef().uid());
      if (live == null) {
        return false;
      }
      List<AddressClaim> existing = AddressConverter.claimsOf(live);
      boolean alreadyClaimed =
          existing.stream().anyMatch(other -> other.serviceRef().equals(claim.serviceRef()));
      if ((existing.isEmpty() && !isReservedFor(claim.serviceRef(), live))
          || live.isMarkedForDeletion()
          || (!allPorts && !alreadyClaimed)
          || (allPorts && claim.rejectionBeside(ip, existing).isPresent())) {
        return false;
      }
      AddressClaim granted = claim.withEffectiveKey(existing).withoutTakenPorts(ip, existing);
      if (existing.contains(granted)) {
        return true;
      }
      List<AddressClaim> next = new ArrayList<>(without(existing, claim.serviceRef().uid()));
      next.add(granted);
      if (write(live, next, live.getSpec().reservedFor())) {
        return true;
      }
    }
    throw tooManyConflicts(ip);
  }

  private static IllegalStateException tooManyConflicts(IpAddress ip) {
    return new IllegalStateException(
        "Claims on address %s not written after %d attempts. Another writer changed the Address each time. The write is retried."
            .formatted(ip, MAX_ATTEMPTS));
  }

  /** Reads this Address from the API server and records it; null if there is none. */
  @Nullable Address refresh(IpAddress ip, String uid) {
    long knownVersion = allocator.versionOf(ip);
    Address live = client.resources(Address.class).withName(ip.objectName()).get();
    if (live == null) {
      allocator.observeAbsence(ip, uid, knownVersion);
    } else {
      addressObserver.observe(live);
    }
    return live;
  }

  private static boolean isReservedFor(ServiceRef serviceRef, Address live) {
    ReservationTarget reservationTarget = AddressConverter.reservationOf(live.getSpec());
    return reservationTarget != null && reservationTarget.matches(serviceRef);
  }

  /**
   * Removes the claim. If it was the last one, deletes the Address, unless that is reserved. Safe
   * to repeat.
   *
   * @param retain whether the Address stays reserved for Services of this name if the {@code
   *     reclaimPolicy} of its pool is {@code Retain}
   */
  void removeClaim(IpAddress ip, String uid, boolean retain) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Address live = refresh(ip, uid);
      if (live == null) {
        return;
      }
      List<AddressClaim> existing = AddressConverter.claimsOf(live);
      List<AddressClaim> next = without(existing, uid);
      if (next.size() == existing.size()) {
        return;
      }
      ReservedFor reservedFor =
          next.isEmpty() ? reservationAfter(live, uid, retain) : live.getSpec().reservedFor();
      boolean last = next.isEmpty() && reservedFor == null;
      if (last ? delete(ip, live) : write(live, next, reservedFor)) {
        log.atInfo().addKeyValue(LogKeys.ADDRESS, ip).log("Released address");
        return;
      }
    }
    throw tooManyConflicts(ip);
  }

  /** The reservation after the last claim is removed; null if there is none. */
  private @Nullable ReservedFor reservationAfter(Address live, String uid, boolean retain) {
    AddressSpec spec = live.getSpec();
    if (spec.reservedFor() != null || !retain || !allocator.isRetained(spec.pool())) {
      return spec.reservedFor();
    }
    return spec.claims().stream()
        .filter(claim -> claim.uid().equals(uid))
        .findFirst()
        .map(claim -> new ReservedFor(claim.namespace(), claim.name()))
        .orElse(null);
  }

  private static List<AddressClaim> without(List<AddressClaim> claims, String uid) {
    return claims.stream().filter(claim -> !claim.serviceRef().uid().equals(uid)).toList();
  }

  private boolean write(
      Address live, List<AddressClaim> claims, @Nullable ReservedFor reservedFor) {
    AddressSpec spec = live.getSpec();
    IpAddress ip = AddressConverter.addressOf(live).orElseThrow();
    live.setSpec(
        new AddressSpec(
            spec.ip(),
            spec.pool().isEmpty() ? allocator.poolOf(ip) : spec.pool(),
            claims.stream().map(AddressConverter::toServiceClaim).toList(),
            reservedFor));
    try {
      addressObserver.observe(client.resource(live).update());
      return true;
    } catch (KubernetesClientException e) {
      return rethrowUnlessStale(e);
    }
  }

  private boolean delete(IpAddress ip, Address live) {
    try {
      client.resource(live).lockResourceVersion(live.getMetadata().getResourceVersion()).delete();
      // Later events of the watch about this object are older than its deletion.
      allocator.observeDeletion(ip, ResourceVersions.of(live) + 1);
      return true;
    } catch (KubernetesClientException e) {
      return rethrowUnlessStale(e);
    }
  }

  private static boolean rethrowUnlessStale(KubernetesClientException e) {
    if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
        || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
      return false;
    }
    throw e;
  }
}
