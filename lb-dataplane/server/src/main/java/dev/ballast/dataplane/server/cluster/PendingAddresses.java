package dev.ballast.dataplane.server.cluster;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses that were claimed a moment ago. The LoadBalancer of each is about to be created,
 * and the address can be probed meanwhile. This only saves time: an address that is not here is
 * probed later.
 *
 * <p>An address is new if the watch delivers it after the first list. The creation time would
 * compare the clock of the API server with the one of this node.
 */
final class PendingAddresses {

  /** Many times as long as the operator usually needs to write the LoadBalancer. */
  private static final Duration RETENTION = Duration.ofSeconds(1);

  private final InstantSource clock;
  private final Map<InetAddress, Instant> claimTimes = new ConcurrentHashMap<>();
  private volatile boolean listed;

  PendingAddresses(InstantSource clock) {
    this.clock = clock;
  }

  /** From now on, addresses are new. */
  void setListed() {
    listed = true;
  }

  /** Adds an address that is seen for the first time. Returns whether it is new. */
  boolean add(InetAddress address) {
    if (listed) {
      claimTimes.put(address, clock.instant());
    }
    return listed;
  }

  /** The addresses that were claimed a moment ago. */
  Set<InetAddress> recent() {
    Instant oldest = clock.instant().minus(RETENTION);
    claimTimes.values().removeIf(at -> at.isBefore(oldest));
    return Set.copyOf(claimTimes.keySet());
  }
}
