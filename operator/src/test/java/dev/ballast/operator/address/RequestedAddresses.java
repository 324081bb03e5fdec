package dev.ballast.operator.address;

import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.net.IpAddress;

/**
 * The claim and the requests of a Service.
 *
 * @param generation increases with every edit; the address may move with each one
 */
record RequestedAddresses(AddressClaim claim, AddressRequests requests, int generation) {

  boolean isNamed(String name) {
    return claim.serviceRef().name().equals(name);
  }

  boolean requestsSpecificAddress() {
    return requests instanceof AddressRequests.ParsedRequests(var parsed)
        && parsed.getFirst().address() != null;
  }

  boolean requestsAddress(IpAddress address) {
    return requests instanceof AddressRequests.ParsedRequests(var parsed)
        && address.equals(parsed.getFirst().address());
  }
}
