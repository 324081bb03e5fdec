package dev.ballast.operator.reconciler;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How old an object is, by the API server's clock alone. The creation time of an object that this
 * process has just created shows what that clock says. From then on, the monotonic clock of this
 * process counts. Thread-safe.
 */
public final class ApiServerTime {

  /** Creation times have whole seconds. */
  private static final Duration RESOLUTION = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;

  /** The API server's time when the monotonic clock is 0, or null while it is not known. */
  private @Nullable Instant origin;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public ApiServerTime(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The monotonic time before a request. */
  public long start() {
    return nanoTime.getAsLong();
  }

  /**
   * Learns from an object that was created by a request, or earlier. A request that takes long
   * makes objects look older than they are, and never younger.
   *
   * @param startNanos the result of {@link #start} before the request
   */
  public synchronized void observe(Instant created, long startNanos) {
    Instant next = created.minusNanos(startNanos);
    Instant before = origin;
    if (before == null || next.isAfter(before)) {
      origin = next;
    }
  }

  /** The time since the creation; empty if the API server's clock is not known, or was changed. */
  public synchronized Optional<Duration> ageOf(Instant created) {
    return Optional.ofNullable(origin)
        .map(start -> Duration.between(created, start.plusNanos(nanoTime.getAsLong())))
        .filter(age -> age.plus(RESOLUTION).isPositive());
  }
}
