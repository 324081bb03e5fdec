package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.server.handover.HandoverListener;
import java.net.InetAddress;
import java.util.Set;

/** Is called on the thread of the exchange, which it must not block. */
public interface ClaimListener {

  /** Other nodes claim these addresses with another epoch than before, or release them. */
  void claimsChanged(Set<InetAddress> addresses);

  /** The process of a node has ended for certain, and no other process of that node is there. */
  void ended(String node);

  /** Learns what other nodes tell about addresses that move. */
  HandoverListener handovers();
}
