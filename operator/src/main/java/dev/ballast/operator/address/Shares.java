package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;
import dev.ballast.apiclient.ResourceVersions;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Reservation;
import dev.ballast.operator.ipam.Share;
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
final class Shares {

  private static final Logger log = LoggerFactory.getLogger(Shares.class);
  private static final int ATTEMPTS = 16;

  private final KubernetesClient client;
  private final Ledger ledger;

  Shares(KubernetesClient client, Ledger ledger) {
    this.client = client;
    this.ledger = ledger;
  }

  /**
   * Writes the claim, new or changed, but for the ports that others have.
   *
   * @param whole whether to claim nothing unless every port can be had
   * @return whether it stands there now
   */
  boolean enter(IpAddress ip, Share share, boolean whole) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Address live = confirm(ip, share.claimant().uid());
      if (live == null) {
        return false;
      }
      List<Share> present = Claims.sharesOf(live);
      boolean mine = present.stream().anyMatch(other -> other.claimant().equals(share.claimant()));
      if ((present.isEmpty() && !isKeptFor(share.claimant(), live))
          || live.isMarkedForDeletion()
          || (!whole && !mine)
          || (whole && share.refusedBy(ip, present).isPresent())) {
        return false;
      }
      Share granted = share.among(present).beside(ip, present);
      if (present.contains(granted)) {
        return true;
      }
      List<Share> next = new ArrayList<>(without(present, share.claimant().uid()));
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
    long known = ledger.versionOf(ip);
    Address live = client.resources(Address.class).withName(ip.objectName()).get();
    if (live == null) {
      ledger.absent(ip, uid, known);
    } else {
      Claims.observe(ledger, live);
    }
    return live;
  }

  private static boolean isKeptFor(Claimant claimant, Address live) {
    Reservation reservation = Claims.reservationOf(live.getSpec());
    return reservation != null && reservation.admits(claimant);
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
      List<Share> present = Claims.sharesOf(live);
      List<Share> next = without(present, uid);
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
    if (spec.reservedFor() != null || !keep || !ledger.isRetained(spec.pool())) {
      return spec.reservedFor();
    }
    return spec.claims().stream()
        .filter(claim -> claim.uid().equals(uid))
        .findFirst()
        .map(claim -> new ReservedFor(claim.namespace(), claim.name()))
        .orElse(null);
  }

  private static List<Share> without(List<Share> shares, String uid) {
    return shares.stream().filter(share -> !share.claimant().uid().equals(uid)).toList();
  }

  private boolean write(Address live, List<Share> shares, @Nullable ReservedFor reservedFor) {
    AddressSpec spec = live.getSpec();
    IpAddress ip = Claims.addressOf(live).orElseThrow();
    live.setSpec(
        new AddressSpec(
            spec.ip(),
            spec.pool().isEmpty() ? ledger.poolOf(ip) : spec.pool(),
            shares.stream().map(Claims::of).toList(),
            reservedFor));
    try {
      Claims.observe(ledger, client.resource(live).update());
      return true;
    } catch (KubernetesClientException e) {
      return orLookAgain(e);
    }
  }

  private boolean delete(IpAddress ip, Address live) {
    try {
      client.resource(live).lockResourceVersion(live.getMetadata().getResourceVersion()).delete();
      // What the watch still has to say of the deleted object is older than its deletion.
      ledger.vanished(ip, ResourceVersions.of(live) + 1);
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
