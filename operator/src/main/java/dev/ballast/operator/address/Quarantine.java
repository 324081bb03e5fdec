package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.LanAddressConflicts;
import dev.ballast.operator.ipam.net.IpAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Withholds addresses that another machine of the LAN uses, for a limited time. In memory only: a
 * new leader learns of such an address from the report of a node, before it publishes the address.
 * See docs/contributing/adr/0012.
 */
public final class Quarantine implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  /** After this time the address is tried again. */
  public static final Duration DURATION = Duration.ofMinutes(10);

  private final LanAddressConflicts conflicts;
  private final Duration duration;
  private final Runnable onChange;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("quarantine").factory());

  /** {@code onChange} must not block. */
  public Quarantine(LanAddressConflicts conflicts, Duration duration, Runnable onChange) {
    this.conflicts = conflicts;
    this.duration = duration;
    this.onChange = onChange;
  }

  /**
   * Withholds the address from every Service that does not request it.
   *
   * @param reason as a clause of a message
   * @return false if it was withheld already
   */
  public boolean start(IpAddress address, String reason) {
    if (!conflicts.add(address, reason)) {
      return false;
    }
    log.atInfo()
        .addKeyValue(LogKeys.ADDRESS, address)
        .log("Quarantined address for {} min: {}", duration.toMinutes(), reason);
    try {
      var unused = timer.schedule(() -> end(address), duration.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("Quarantine not ended during shutdown");
    }
    onChange.run();
    return true;
  }

  /** Makes the address available again. No effect if it is not withheld. */
  public void end(IpAddress address) {
    if (conflicts.remove(address)) {
      onChange.run();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
