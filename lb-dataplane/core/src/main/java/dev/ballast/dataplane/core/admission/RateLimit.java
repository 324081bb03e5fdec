package dev.ballast.dataplane.core.admission;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket that holds one second's worth, as the generic cell rate algorithm (ITU-T I.371):
 * one number, the time at which the bucket is full again. Thread-safe.
 */
final class RateLimit {

  private static final long SECOND_NANOS = 1_000_000_000;

  private final AtomicLong fullAtNanos;

  RateLimit(long nowNanos) {
    this.fullAtNanos = new AtomicLong(nowNanos);
  }

  /** Takes a token when there is one. */
  boolean tryAcquire(int perSecond, long nowNanos) {
    long tokenNanos = SECOND_NANOS / perSecond;
    while (true) {
      long before = fullAtNanos.get();
      long after = (before - nowNanos > 0 ? before : nowNanos) + tokenNanos;
      if (after - nowNanos > SECOND_NANOS) {
        return false;
      }
      if (fullAtNanos.compareAndSet(before, after)) {
        return true;
      }
    }
  }
}
