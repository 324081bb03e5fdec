package dev.ballast.dataplane.server.cluster;

import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells, once a transition, that the API server went away or is back. */
public final class ApiConnectionMonitor {

  private static final Logger log = LoggerFactory.getLogger(ApiConnectionMonitor.class);

  /** A watch that the API server ends in good order is away for less. */
  private static final int TICKS_UNTIL_LOST = 5;

  private final BooleanSupplier connected;
  private int ticksAway;
  private boolean lost;

  public ApiConnectionMonitor(BooleanSupplier connected) {
    this.connected = connected;
  }

  /** Looks; to be called once a second, by one thread. */
  public void tick() {
    if (connected.getAsBoolean()) {
      ticksAway = 0;
      if (lost) {
        lost = false;
        log.info("the API server answers again");
      }
    } else if (++ticksAway == TICKS_UNTIL_LOST) {
      lost = true;
      log.warn(
          "the API server does not answer: serving goes on with what was last known; trying again"
              + " until it does");
    }
  }
}
