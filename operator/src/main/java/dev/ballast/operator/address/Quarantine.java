package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.IpAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps addresses that another machine of the LAN has from being given, for a while. In memory
 * only: a leader that does not know of one finds out as this one did, by a node's report, before
 * anything is published. See docs/contributing/adr/0012.
 */
public final class Quarantine implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  /** Until it is tried again whether the other machine still has the address. */
  public static final Duration SPAN = Duration.ofMinutes(10);

  private final Allocator allocator;
  private final Duration span;
  private final Runnable onChange;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("quarantine").factory());

  /** {@code onChange} must not block. */
  public Quarantine(Allocator allocator, Duration span, Runnable onChange) {
    this.allocator = allocator;
    this.span = span;
    this.onChange = onChange;
  }

  /**
   * From now on nobody gets this address who does not ask for it.
   *
   * @param why for a person
   * @return false when that was so already
   */
  public boolean begin(IpAddress address, String why) {
    if (!allocator.contest(address, why)) {
      return false;
    }
    log.atInfo()
        .addKeyValue(LogKeys.ADDRESS, address)
        .log("not given for {} min: {}", span.toMinutes(), why);
    try {
      var unused = timer.schedule(() -> end(address), span.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("quarantine not ended: shutting down");
    }
    onChange.run();
    return true;
  }

  /** The address is like any other again. No effect when it is already. */
  public void end(IpAddress address) {
    if (allocator.settle(address)) {
      onChange.run();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
