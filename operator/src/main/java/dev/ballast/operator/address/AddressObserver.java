package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import java.util.Optional;

/** Records in the allocator what Address objects say. */
final class AddressObserver {

  private final Allocator allocator;

  AddressObserver(Allocator allocator) {
    this.allocator = allocator;
  }

  void observe(Address address) {
    AddressConverter.addressOf(address)
        .ifPresent(ip -> allocator.observe(ip, AddressConverter.toAllocation(address)));
  }

  /**
   * Records that an Address was deleted.
   *
   * @return the Services that lost it, unless this process deleted it itself
   */
  List<ServiceRef> observeDeletion(Address address) {
    Optional<IpAddress> ip = AddressConverter.addressOf(address);
    List<ServiceRef> formerHolders =
        AddressConverter.holdersOf(address).stream()
            .filter(holder -> ip.filter(allocator.addressesOf(holder.uid())::contains).isPresent())
            .toList();
    ip.ifPresent(deleted -> allocator.observeDeletion(deleted, ResourceVersions.of(address)));
    return formerHolders;
  }

  /**
   * The holders of this address that hold another one too: two leaders claimed for the same
   * Service, or the Service is moving.
   */
  List<ServiceRef> holdersWithSurplus(Address address) {
    return AddressConverter.holdersOf(address).stream()
        .filter(holder -> allocator.addressesOf(holder.uid()).size() > 1)
        .toList();
  }
}
