package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ClaimedPort;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.Allocation;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.Reservation;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Address objects in the ledger's words, and back. */
final class AddressConverter {

  static ServiceClaim of(AddressClaim claim) {
    ServiceRef serviceRef = claim.serviceRef();
    return new ServiceClaim(
        serviceRef.namespace(),
        serviceRef.name(),
        serviceRef.uid(),
        claim.key(),
        claim.ports().stream()
            .map(port -> new ClaimedPort(port.protocol(), port.number()))
            .toList());
  }

  /** Empty for an Address without a claim. */
  static List<AddressClaim> sharesOf(Address address) {
    return address.getSpec().claims().stream()
        .map(
            claim ->
                new AddressClaim(
                    new ServiceRef(claim.namespace(), claim.name(), claim.uid()),
                    claim.sharingKey(),
                    claim.ports().stream()
                        .map(port -> new ProtocolPort(port.protocol(), port.port()))
                        .toList()))
        .toList();
  }

  /** Tells the ledger of an Address; one without a claim is held by itself. */
  static void observe(Allocator allocator, Address address) {
    List<AddressClaim> claims = sharesOf(address);
    var metadata = address.getMetadata();
    List<AddressClaim> holders =
        claims.isEmpty()
            ? List.of(
                AddressClaim.whole(ServiceRef.reserved(metadata.getName(), metadata.getUid())))
            : claims;
    AddressSpec spec = address.getSpec();
    long since = Instant.parse(metadata.getCreationTimestamp()).getEpochSecond();
    addressOf(address)
        .ifPresent(
            ip ->
                allocator.observe(
                    ip,
                    new Allocation(
                        holders,
                        spec.pool(),
                        reservationOf(spec),
                        ResourceVersions.of(address),
                        since)));
  }

  static @Nullable Reservation reservationOf(AddressSpec spec) {
    ReservedFor reserved = spec.reservedFor();
    return reserved == null ? null : new Reservation(reserved.namespace(), reserved.service());
  }

  /** By its name, which alone the API server keeps unique. */
  static Optional<IpAddress> addressOf(Address address) {
    return IpAddress.ofObjectName(address.getMetadata().getName());
  }

  private AddressConverter() {}
}
