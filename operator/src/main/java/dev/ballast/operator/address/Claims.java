package dev.ballast.operator.address;

import dev.ballast.apiclient.ResourceVersions;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ClaimedPort;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.Hold;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Port;
import dev.ballast.operator.ipam.Reservation;
import dev.ballast.operator.ipam.Share;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Address objects in the ledger's words, and back. */
final class Claims {

  static ServiceClaim of(Share share) {
    Claimant claimant = share.claimant();
    return new ServiceClaim(
        claimant.namespace(),
        claimant.name(),
        claimant.uid(),
        share.key(),
        share.ports().stream()
            .map(port -> new ClaimedPort(port.protocol(), port.number()))
            .toList());
  }

  /** Empty for an Address without a claim. */
  static List<Share> sharesOf(Address address) {
    return address.getSpec().claims().stream()
        .map(
            claim ->
                new Share(
                    new Claimant(claim.namespace(), claim.name(), claim.uid()),
                    claim.sharingKey(),
                    claim.ports().stream()
                        .map(port -> new Port(port.protocol(), port.port()))
                        .toList()))
        .toList();
  }

  /** Tells the ledger of an Address; one without a claim is held by itself. */
  static void observe(Ledger ledger, Address address) {
    List<Share> shares = sharesOf(address);
    var metadata = address.getMetadata();
    List<Share> holders =
        shares.isEmpty()
            ? List.of(Share.whole(Claimant.reserved(metadata.getName(), metadata.getUid())))
            : shares;
    AddressSpec spec = address.getSpec();
    long since = Instant.parse(metadata.getCreationTimestamp()).getEpochSecond();
    addressOf(address)
        .ifPresent(
            ip ->
                ledger.observe(
                    ip,
                    new Hold(
                        holders, spec.pool(), reservationOf(spec), ResourceVersions.of(address), since)));
  }

  static @Nullable Reservation reservationOf(AddressSpec spec) {
    ReservedFor reserved = spec.reservedFor();
    return reserved == null ? null : new Reservation(reserved.namespace(), reserved.service());
  }

  /** By its name, which alone the API server keeps unique. */
  static Optional<IpAddress> addressOf(Address address) {
    return IpAddress.ofObjectName(address.getMetadata().getName());
  }

  private Claims() {}
}
