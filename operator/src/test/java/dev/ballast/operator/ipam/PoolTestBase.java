package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Base of tests of the allocator with different pools. */
abstract class PoolTestBase {

  static final ServiceRef WEB = new ServiceRef("shop", "web", "uid-web");
  static final ServiceRef DB = new ServiceRef("shop", "db", "uid-db");
  static final IpAddress TEN = ip("192.0.2.10");
  static final IpAddress ELEVEN = ip("192.0.2.11");

  final Ipam ipam = new Ipam();
  final Allocator allocator = ipam.allocator();

  AllocationResult allocate(
      ServiceRef serviceRef, @Nullable IpAddress address, @Nullable String pool) {
    return TestAllocator.allocate(
        allocator,
        AddressClaim.whole(serviceRef),
        new AddressRequest(IpFamily.IPv4, address, pool));
  }

  static AllocationResult rejectedBy(PoolRejection rejection) {
    return new AllocationResult.RejectedByPools(IpFamily.IPv4, List.of(rejection));
  }

  static PoolRanges ten() {
    return PoolRanges.of(List.of(new AddressRange(TEN, TEN)));
  }

  static Allocation allocation(ServiceRef serviceRef, String pool) {
    return new Allocation(List.of(AddressClaim.whole(serviceRef)), pool, null, 5, 0);
  }

  static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  static PolicyBuilder policy() {
    return new PolicyBuilder();
  }
}
