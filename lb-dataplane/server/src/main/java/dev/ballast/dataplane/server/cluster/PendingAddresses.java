package dev.ballast.dataplane.server.cluster;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

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

  private final LongSupplier nanoTime;
  private final Map<InetAddress, Long> claimTimes = new ConcurrentHashMap<>();
  private volatile boolean listed;

  PendingAddresses(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** From now on, addresses are new. */
  void setListed() {
    listed = true;
  }

  /** Adds an address that is seen for the first time. Returns whether it is new. */
  boolean add(InetAddress address) {
    if (listed) {
      claimTimes.put(address, nanoTime.getAsLong());
    }
    return listed;
  }

  /** The addresses that were claimed a moment ago. */
  Set<InetAddress> recent() {
    long now = nanoTime.getAsLong();
    claimTimes.values().removeIf(at -> now - at > RETENTION.toNanos());
    return Set.copyOf(claimTimes.keySet());
  }
}
