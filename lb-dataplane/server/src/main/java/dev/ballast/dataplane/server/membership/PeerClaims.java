package dev.ballast.dataplane.server.membership;

import java.net.InetAddress;
import java.util.Map;

/**
 * The claims that nodes tell each other directly. For nodes that do, they count instead of the
 * reports in the status of LoadBalancers, which may be older.
 */
public interface PeerClaims {

  /** No node tells its claims. */
  static PeerClaims none() {
    return Map::of;
  }

  /** Tells the other nodes all claims of this one. Thread-safe, and never blocks. */
  default void tell(Map<InetAddress, Long> epochs) {}

  /** The epochs of all addresses that each connected node claims. Thread-safe, and never blocks. */
  Map<String, Map<InetAddress, Long>> claims();
}
