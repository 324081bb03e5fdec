package dev.ballast.operator.reconciler;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * When this process first saw something, by its own monotonic clock. The timestamps in an object
 * are those of another machine, whose clock may differ.
 */
public final class FirstObservations {

  private final LongSupplier nanoTime;
  private final long retentionNanos;

  /** The oldest first. */
  private final Map<String, Long> since = new LinkedHashMap<>();

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param retention after this time, an observation is forgotten
   */
  public FirstObservations(LongSupplier nanoTime, Duration retention) {
    this.nanoTime = nanoTime;
    this.retentionNanos = retention.toNanos();
  }

  /** Records the observation unless it is known, and returns the time since the first one. */
  public synchronized Duration record(String key) {
    removeOld();
    long now = nanoTime.getAsLong();
    return Duration.ofNanos(now - since.computeIfAbsent(key, first -> now));
  }

  /** Whether the observation was recorded, and is not forgotten yet. */
  public synchronized boolean contains(String key) {
    removeOld();
    return since.containsKey(key);
  }

  private void removeOld() {
    long now = nanoTime.getAsLong();
    Iterator<Long> oldest = since.values().iterator();
    while (oldest.hasNext() && now - oldest.next() >= retentionNanos) {
      oldest.remove();
    }
  }
}
