package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.ServiceContext;
import java.util.List;

/** Calls the allocator with defaults: pools without rules, Services without labels. */
public final class TestAllocator {

  public static void putPool(Ipam ipam, String name, List<AddressRange> ranges) {
    ipam.pools().put(name, PoolRanges.of(ranges), PoolPolicy.OPEN);
  }

  public static AllocationResult allocate(
      Allocator allocator, AddressClaim claim, AddressRequest request) {
    return allocator.allocate(claim, request, ServiceContext.PLAIN);
  }

  static boolean satisfies(
      Allocator allocator, AddressClaim claim, IpAddress address, AddressRequest request) {
    return allocator.satisfies(claim, address, request, ServiceContext.PLAIN);
  }

  static void observe(
      Allocator allocator, IpAddress address, List<AddressClaim> claims, long version, long since) {
    allocator.observe(address, new Allocation(claims, "", null, version, since));
  }

  private TestAllocator() {}
}
