package dev.ballast.operator.ipam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the ledger answers to a wish for one address. */
public sealed interface Choice {

  /** Set aside for the claimant until it is recorded or given back. */
  record Assigned(IpAddress address, String pool) implements Choice {}

  /**
   * Held by others that this one may share it with, or kept for it. Nothing is set aside: the store
   * decides.
   */
  record Shareable(IpAddress address, String pool) implements Choice {}

  /** Why not. */
  sealed interface Refused extends Choice {}

  /** Pools of the family exist, and all of their addresses are held. */
  record Exhausted(IpFamily family, List<String> pools) implements Refused {
    public Exhausted {
      pools = List.copyOf(pools);
    }
  }

  /** No usable pool, or not the one asked for, has an address of the family. */
  record NoPool(IpFamily family, @Nullable String asked) implements Refused {}

  /** There is no usable pool of the name asked for. */
  record UnknownPool(String asked) implements Refused {}

  /** The address asked for is of no usable pool, or not of the one asked for. */
  record NotInPool(IpAddress address, @Nullable String asked) implements Refused {}

  /** The address asked for is held by another, or reserved by a person. */
  record Taken(IpAddress address, Claimant holder) implements Refused {}

  /** The address may be shared, but another has the port. */
  record PortTaken(IpAddress address, Claimant holder, Port port) implements Refused {}

  /** Pools of the family exist, and none of them gives this Service an address. */
  record Barred(IpFamily family, List<Barrier> barriers) implements Refused {
    public Barred {
      barriers = List.copyOf(barriers);
    }
  }

  /** A pool has the address asked for, but does not give it; {@code why} is for a person. */
  record Withheld(IpAddress address, String why) implements Refused {}

  /** The address asked for is kept for somebody else. */
  record KeptFor(IpAddress address, Reservation reservation) implements Refused {}

  /** The address is kept for this Service, and an earlier one of its name has not let it go. */
  record NotReleased(IpAddress address) implements Refused {}

  /** What is asked for cannot be read, or contradicts itself. */
  record Malformed(String asked, String why) implements Refused {}
}
