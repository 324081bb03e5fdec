package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The result of a request for one address. */
public sealed interface AllocationResult {

  /** Allocated, tentatively: until its Address is observed or the allocation is cancelled. */
  record Assigned(IpAddress address, String pool) implements AllocationResult {}

  /**
   * The address can be shared with its holders, or is reserved for this Service. Nothing is
   * allocated: the update of the Address decides.
   */
  record Shareable(IpAddress address, String pool) implements AllocationResult {}

  /** No address, and why. */
  sealed interface Rejected extends AllocationResult {}

  /** Pools of the family exist, and all of their addresses are allocated. */
  record Exhausted(IpFamily family, List<String> pools) implements Rejected {
    public Exhausted {
      pools = List.copyOf(pools);
    }
  }

  /** No valid pool, or not the requested one, contains addresses of the family. */
  record NoPool(IpFamily family, @Nullable String requestedPool) implements Rejected {}

  /** No valid pool has the requested name. */
  record UnknownPool(String requestedPool) implements Rejected {}

  /** No valid pool, or not the requested one, contains the requested address. */
  record NotInPool(IpAddress address, @Nullable String requestedPool) implements Rejected {}

  /** Another Service holds the requested address, or a person reserved it. */
  record AddressTaken(IpAddress address, ServiceRef holder) implements Rejected {}

  /** The address can be shared, but another Service holds the port. */
  record PortTaken(IpAddress address, ServiceRef holder, ProtocolPort port) implements Rejected {}

  /** Pools of the family exist, but their rules reject this Service. */
  record RejectedByPools(IpFamily family, List<PoolRejection> rejections) implements Rejected {
    public RejectedByPools {
      rejections = List.copyOf(rejections);
    }
  }

  /**
   * A pool contains the requested address, but does not allocate it.
   *
   * @param reason as a clause of a message
   */
  record AddressExcluded(IpAddress address, String reason) implements Rejected {}

  /** The requested address is reserved for other Services. */
  record ReservedForOther(IpAddress address, ReservationTarget reservationTarget)
      implements Rejected {}

  /** The address is reserved for this Service, but an earlier one of its name still holds it. */
  record NotReleased(IpAddress address) implements Rejected {}

  /**
   * The request cannot be parsed, or contradicts another one.
   *
   * @param reason as a clause of a message
   */
  record MalformedAllocationRequest(String text, String reason) implements Rejected {}
}
