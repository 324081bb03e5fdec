package dev.ballast.dataplane.server.sync;

import java.time.Duration;

/**
 * The pause between two reconciliations. A full one takes time for each Service: many in a row must
 * leave CPU to others.
 */
final class ReconcilePause {

  private static final Duration SHORT_RECONCILE = Duration.ofMillis(2);
  private static final int PAUSE_FACTOR = 3;
  private static final Duration MAX_PAUSE = Duration.ofMillis(250);

  private ReconcilePause() {}

  /** No pause after a reconciliation as short as with few Services. */
  static Duration after(Duration took) {
    Duration pause = took.minus(SHORT_RECONCILE).multipliedBy(PAUSE_FACTOR);
    return pause.isNegative() ? Duration.ZERO : pause.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : pause;
  }
}
