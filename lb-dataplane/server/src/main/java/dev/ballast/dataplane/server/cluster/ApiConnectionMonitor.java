package dev.ballast.dataplane.server.cluster;

import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when the connection to the API server is lost, and when it is back. */
final class ApiConnectionMonitor {

  private static final Logger log = LoggerFactory.getLogger(ApiConnectionMonitor.class);

  /** The API server also closes watches in normal operation; they reconnect in less time. */
  private static final int TICKS_UNTIL_LOST = 5;

  private final BooleanSupplier isConnected;
  private int ticksDisconnected;
  private boolean lost;

  ApiConnectionMonitor(BooleanSupplier isConnected) {
    this.isConnected = isConnected;
  }

  /** Checks the connection. One thread calls it once a second. */
  void tick() {
    if (isConnected.getAsBoolean()) {
      ticksDisconnected = 0;
      if (lost) {
        lost = false;
        log.info("Connected to the API server again");
      }
    } else if (++ticksDisconnected == TICKS_UNTIL_LOST) {
      lost = true;
      log.warn("Lost connection to the API server, serving with the last known state and retrying");
    }
  }
}
