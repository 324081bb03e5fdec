package dev.ballast.dataplane.server.diagnosis;

import java.time.Duration;

/** Whether a counter has grown in the last ten minutes. */
final class RecentChanges {

  static final Duration PERIOD = Duration.ofMinutes(10);

  private long count;
  private long lastChange;
  private boolean changed;

  /**
   * @param now of {@link System#nanoTime}
   */
  boolean update(long newCount, long now) {
    if (newCount > count) {
      count = newCount;
      lastChange = now;
      changed = true;
    }
    changed &= now - lastChange < PERIOD.toNanos();
    return changed;
  }
}
