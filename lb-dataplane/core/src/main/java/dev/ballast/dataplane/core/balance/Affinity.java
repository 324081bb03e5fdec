package dev.ballast.dataplane.core.balance;

import java.time.Duration;

/**
 * {@code sessionAffinity: ClientIP}. A client that is not known here goes where its hash says,
 * which is the same on every node, so that it finds its backend again when another node takes the
 * address over. A client that is known stays where it was, so that backends that are added do not
 * draw it away; and it stays until it has been away for the time-out.
 */
public final class Affinity {

  /**
   * Where a client was last.
   *
   * @param candidate index of that backend among the candidates, {@link Picker#NONE} when it is no
   *     candidate any more
   * @param connected whether it has a connection there now
   * @param lastSeenNanos when its last connection began or ended
   */
  public record Known(int candidate, boolean connected, long lastSeenNanos) {}

  private Affinity() {}

  /** Index of the candidate to try, or {@link Picker#NONE}. */
  public static int choose(Known known, Duration timeout, long nowNanos, Picker hash, Draw draw) {
    boolean stays =
        known.candidate() != Picker.NONE
            && !draw.tried().test(known.candidate())
            && holds(known.connected(), known.lastSeenNanos(), timeout, nowNanos);
    return stays ? known.candidate() : hash.pick(draw);
  }

  /** Whether it is still to be remembered where a client was. */
  public static boolean holds(
      boolean connected, long lastSeenNanos, Duration timeout, long nowNanos) {
    return connected || nowNanos - lastSeenNanos <= timeout.toNanos();
  }
}
