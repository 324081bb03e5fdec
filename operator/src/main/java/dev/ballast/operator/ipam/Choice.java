package dev.ballast.operator.ipam;

import java.util.List;

/** What the ledger answers to a wish for one address. */
public sealed interface Choice {

  /** Set aside for the claimant until it is recorded or given back. */
  record Assigned(IpAddress address, String pool) implements Choice {}

  /** Pools of the family exist, and all of their addresses are held. */
  record Exhausted(IpFamily family, List<String> pools) implements Choice {
    public Exhausted {
      pools = List.copyOf(pools);
    }
  }

  /** No usable pool has an address of the family. */
  record NoPool(IpFamily family) implements Choice {}
}
