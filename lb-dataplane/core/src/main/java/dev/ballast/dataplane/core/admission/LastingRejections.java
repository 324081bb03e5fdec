package dev.ballast.dataplane.core.admission;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * For which reasons the connections of one Service are rejected for so long that it deserves a
 * condition. A reason begins with two periods in a row that have a rejection, and ends a minute
 * after its last one. The result changes at most once a minute, so that a Service whose limits come
 * and go does not have its status written again and again. Not thread-safe.
 */
public final class LastingRejections {

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Map<AdmissionResult, Long> lastRejection = new EnumMap<>(AdmissionResult.class);
  private final Set<AdmissionResult> lasting = EnumSet.noneOf(AdmissionResult.class);
  private Set<AdmissionResult> previousPeriod = Set.of();
  private Set<AdmissionResult> reported = Set.of();
  private OptionalLong reportedAtNanos = OptionalLong.empty();

  /**
   * A period is over.
   *
   * @param rejected the reasons for which connections were rejected in it
   * @return whether {@link #reasons} have changed
   */
  public boolean endPeriod(Set<AdmissionResult> rejected, long nowNanos) {
    for (AdmissionResult reason : rejected) {
      lastRejection.put(reason, nowNanos);
      if (previousPeriod.contains(reason)) {
        lasting.add(reason);
      }
    }
    previousPeriod = Set.copyOf(rejected);
    lasting.removeIf(
        reason -> isMinuteOver(Objects.requireNonNull(lastRejection.get(reason)), nowNanos));
    if (lasting.equals(reported) || !mayChange(nowNanos)) {
      return false;
    }
    reported = lasting.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(lasting));
    reportedAtNanos = OptionalLong.of(nowNanos);
    return true;
  }

  /** The reasons that last, immutable and in the order of their declaration. */
  public Set<AdmissionResult> reasons() {
    return reported;
  }

  /** Whether nothing is left to remember: another object would decide the same. */
  public boolean isOver(long nowNanos) {
    return previousPeriod.isEmpty()
        && lasting.isEmpty()
        && reported.isEmpty()
        && mayChange(nowNanos);
  }

  private boolean mayChange(long nowNanos) {
    return reportedAtNanos.isEmpty() || isMinuteOver(reportedAtNanos.getAsLong(), nowNanos);
  }

  private static boolean isMinuteOver(long sinceNanos, long nowNanos) {
    return nowNanos - sinceNanos >= MINUTE_NANOS;
  }
}
