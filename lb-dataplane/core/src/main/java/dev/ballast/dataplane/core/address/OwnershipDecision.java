package dev.ballast.dataplane.core.address;

import java.util.Optional;

/** What a node does with an address. */
public sealed interface OwnershipDecision {

  /** Whether this node announces the address, or goes on announcing it. */
  boolean serves();

  /**
   * This node owns the address, and announces it.
   *
   * @param epoch of its claim; at least 1
   */
  record Owned(long epoch) implements OwnershipDecision {
    @Override
    public boolean serves() {
      return true;
    }
  }

  /**
   * This node may not own the address any more, and announces it until the successor claims it
   * (make before break).
   *
   * @param epoch of this node's claim
   * @param successor empty while no node may own the address
   */
  record HandingOver(long epoch, Optional<String> successor) implements OwnershipDecision {
    @Override
    public boolean serves() {
      return true;
    }
  }

  /** Another node owns the address. */
  record OwnedByOther(String node) implements OwnershipDecision {
    @Override
    public boolean serves() {
      return false;
    }
  }

  /** No node may own the address, and none that lives announces it. */
  record Unowned() implements OwnershipDecision {
    @Override
    public boolean serves() {
      return false;
    }
  }
}
