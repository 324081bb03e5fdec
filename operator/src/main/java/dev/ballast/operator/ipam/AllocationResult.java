package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the ledger answers to a wish for one address. */
public sealed interface AllocationResult {

  /** Set aside for the claimant until it is recorded or given back. */
  record Assigned(IpAddress address, String pool) implements AllocationResult {}

  /**
   * Held by others that this one may share it with, or kept for it. Nothing is set aside: the store
   * decides.
   */
  record Shareable(IpAddress address, String pool) implements AllocationResult {}

  /** Why not. */
  sealed interface Rejected extends AllocationResult {}

  /** Pools of the family exist, and all of their addresses are held. */
  record Exhausted(IpFamily family, List<String> pools) implements Rejected {
    public Exhausted {
      pools = List.copyOf(pools);
    }
  }

  /** No usable pool, or not the one asked for, has an address of the family. */
  record NoPool(IpFamily family, @Nullable String asked) implements Rejected {}

  /** There is no usable pool of the name asked for. */
  record UnknownPool(String asked) implements Rejected {}

  /** The address asked for is of no usable pool, or not of the one asked for. */
  record NotInPool(IpAddress address, @Nullable String asked) implements Rejected {}

  /** The address asked for is held by another, or reserved by a person. */
  record AddressTaken(IpAddress address, ServiceRef holder) implements Rejected {}

  /** The address may be shared, but another has the port. */
  record PortTaken(IpAddress address, ServiceRef holder, ProtocolPort port) implements Rejected {}

  /** Pools of the family exist, and none of them gives this Service an address. */
  record RejectedByPools(IpFamily family, List<PoolRejection> rejections) implements Rejected {
    public RejectedByPools {
      rejections = List.copyOf(rejections);
    }
  }

  /** A pool has the address asked for, but does not give it; {@code why} is for a person. */
  record AddressExcluded(IpAddress address, String why) implements Rejected {}

  /** The address asked for is kept for somebody else. */
  record ReservedForOther(IpAddress address, Reservation reservation) implements Rejected {}

  /** The address is kept for this Service, and an earlier one of its name has not let it go. */
  record NotReleased(IpAddress address) implements Rejected {}

  /** What is asked for cannot be read, or contradicts itself. */
  record MalformedAllocationRequest(String asked, String why) implements Rejected {}
}
