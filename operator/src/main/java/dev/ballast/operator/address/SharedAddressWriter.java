package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Reservation;
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
 * Claims on an Address that is there already. Every write names the version that it was decided on,
 * so that of two that would collide the API server refuses the later one, which then looks again.
 */
final class SharedAddressWriter {

  private static final Logger log = LoggerFactory.getLogger(SharedAddressWriter.class);
  private static final int ATTEMPTS = 16;

  private final KubernetesClient client;
  private final Allocator allocator;

  SharedAddressWriter(KubernetesClient client, Allocator allocator) {
    this.client = client;
    this.allocator = allocator;
  }

  /**
   * Writes the claim, new or changed, but for the ports that others have.
   *
   * @param whole whether to claim nothing unless every port can be had
   * @return whether it stands there now
   */
  boolean enter(IpAddress ip, AddressClaim claim, boolean whole) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Address live = confirm(ip, claim.serviceRef().uid());
      if (live == null) {
        return false;
      }
      List<AddressClaim> present = AddressConverter.sharesOf(live);
      boolean mine =
          present.stream().anyMatch(other -> other.serviceRef().equals(claim.serviceRef()));
      if ((present.isEmpty() && !isKeptFor(claim.serviceRef(), live))
          || live.isMarkedForDeletion()
          || (!whole && !mine)
          || (whole && claim.refusedBy(ip, present).isPresent())) {
        return false;
      }
      AddressClaim granted = claim.among(present).beside(ip, present);
      if (present.contains(granted)) {
        return true;
      }
      List<AddressClaim> next = new ArrayList<>(without(present, claim.serviceRef().uid()));
      next.add(granted);
      if (write(live, next, live.getSpec().reservedFor())) {
        return true;
      }
    }
    throw new IllegalStateException(
        "address " + ip + " was changed by others " + ATTEMPTS + " times in a row");
  }

  /** Makes the ledger agree with the API server on this address; null when there is none. */
  @Nullable Address confirm(IpAddress ip, String uid) {
    long known = allocator.versionOf(ip);
    Address live = client.resources(Address.class).withName(ip.objectName()).get();
    if (live == null) {
      allocator.absent(ip, uid, known);
    } else {
      AddressConverter.observe(allocator, live);
    }
    return live;
  }

  private static boolean isKeptFor(ServiceRef serviceRef, Address live) {
    Reservation reservation = AddressConverter.reservationOf(live.getSpec());
    return reservation != null && reservation.admits(serviceRef);
  }

  /**
   * Takes away the claim, and with the last one the Address, unless that is reserved. Safe to
   * repeat.
   *
   * @param keep whether it stays reserved for Services of this name if its pool retains
   */
  void leave(IpAddress ip, String uid, boolean keep) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Address live = confirm(ip, uid);
      if (live == null) {
        return;
      }
      List<AddressClaim> present = AddressConverter.sharesOf(live);
      List<AddressClaim> next = without(present, uid);
      if (next.size() == present.size()) {
        return;
      }
      ReservedFor reservedFor =
          next.isEmpty() ? reservedAfter(live, uid, keep) : live.getSpec().reservedFor();
      boolean ends = next.isEmpty() && reservedFor == null;
      if (ends ? delete(ip, live) : write(live, next, reservedFor)) {
        log.atInfo().addKeyValue(LogKeys.ADDRESS, ip).log("address released");
        return;
      }
    }
    throw new IllegalStateException(
        "address " + ip + " was changed by others " + ATTEMPTS + " times in a row");
  }

  /** For whom it is kept when its last holder leaves; null: for nobody. */
  private @Nullable ReservedFor reservedAfter(Address live, String uid, boolean keep) {
    AddressSpec spec = live.getSpec();
    if (spec.reservedFor() != null || !keep || !allocator.isRetained(spec.pool())) {
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
            claims.stream().map(AddressConverter::of).toList(),
            reservedFor));
    try {
      AddressConverter.observe(allocator, client.resource(live).update());
      return true;
    } catch (KubernetesClientException e) {
      return orLookAgain(e);
    }
  }

  private boolean delete(IpAddress ip, Address live) {
    try {
      client.resource(live).lockResourceVersion(live.getMetadata().getResourceVersion()).delete();
      // What the watch still has to say of the deleted object is older than its deletion.
      allocator.vanished(ip, ResourceVersions.of(live) + 1);
      return true;
    } catch (KubernetesClientException e) {
      return orLookAgain(e);
    }
  }

  private static boolean orLookAgain(KubernetesClientException e) {
    if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
        || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
      return false;
    }
    throw e;
  }
}
