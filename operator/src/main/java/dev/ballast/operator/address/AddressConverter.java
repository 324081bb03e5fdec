package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ClaimedPort;
import dev.ballast.api.v1alpha1.ReservedFor;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.Allocation;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.ReservationTarget;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Converts Address objects to allocations and claims, and claims back. */
final class AddressConverter {

  static ServiceClaim toServiceClaim(AddressClaim claim) {
    ServiceRef serviceRef = claim.serviceRef();
    return new ServiceClaim(
        serviceRef.namespace(),
        serviceRef.name(),
        serviceRef.uid(),
        claim.sharingKey(),
        claim.ports().stream()
            .map(port -> new ClaimedPort(port.protocol(), port.number()))
            .toList());
  }

  /** Empty for an Address without a claim. */
  static List<AddressClaim> claimsOf(Address address) {
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

  /** An Address without a claim is held by itself, so that no Service gets it. */
  static Allocation toAllocation(Address address) {
    List<AddressClaim> claims = claimsOf(address);
    var metadata = address.getMetadata();
    List<AddressClaim> holders =
        claims.isEmpty()
            ? List.of(
                AddressClaim.whole(ServiceRef.reserved(metadata.getName(), metadata.getUid())))
            : claims;
    AddressSpec spec = address.getSpec();
    return new Allocation(
        holders,
        spec.pool(),
        reservationOf(spec),
        ResourceVersions.of(address),
        Instant.parse(metadata.getCreationTimestamp()).getEpochSecond());
  }

  static List<ServiceRef> holdersOf(Address address) {
    return claimsOf(address).stream().map(AddressClaim::serviceRef).toList();
  }

  static @Nullable ReservationTarget reservationOf(AddressSpec spec) {
    ReservedFor reserved = spec.reservedFor();
    return reserved == null
        ? null
        : new ReservationTarget(reserved.namespace(), reserved.service());
  }

  /** Read from the name, because only names are unique in the API server. */
  static Optional<IpAddress> addressOf(Address address) {
    return IpAddress.ofObjectName(address.getMetadata().getName());
  }

  private AddressConverter() {}
}
