package dev.ballast.operator.address;

import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.net.IpAddress;

/**
 * What a Service asks for.
 *
 * @param asked counts its requests: its address may move with each
 */
record RequestedAddresses(AddressClaim claim, AddressRequests requests, int asked) {

  boolean isNamed(String name) {
    return claim.serviceRef().name().equals(name);
  }

  boolean asksForOne() {
    return requests instanceof AddressRequests.ParsedRequests(var wishes)
        && wishes.getFirst().address() != null;
  }

  boolean asksFor(IpAddress address) {
    return requests instanceof AddressRequests.ParsedRequests(var wishes)
        && address.equals(wishes.getFirst().address());
  }
}
