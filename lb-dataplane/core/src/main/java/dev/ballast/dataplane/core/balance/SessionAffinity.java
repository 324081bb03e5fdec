package dev.ballast.dataplane.core.balance;

import java.time.Duration;

/**
 * {@code sessionAffinity: ClientIP}. A client that is not known here goes where its hash says,
 * which is the same on every node, so that it finds its backend again when another node takes the
 * address over. A client that is known stays where it was, so that backends that are added do not
 * draw it away; and it stays until it has been away for the time-out.
 */
public final class SessionAffinity {

  /**
   * Where a client was last.
   *
   * @param candidate index of that backend among the candidates, {@link Picker#NONE} when it is no
   *     candidate any more
   * @param connected whether it has a connection there now
   * @param lastSeenNanos when its last connection began or ended
   */
  public record RememberedBackend(int candidate, boolean connected, long lastSeenNanos) {}

  private SessionAffinity() {}

  /** Index of the candidate to try, or {@link Picker#NONE}. */
  public static int pick(
      RememberedBackend remembered,
      Duration timeout,
      long nowNanos,
      Picker hash,
      PickContext context) {
    boolean stays =
        remembered.candidate() != Picker.NONE
            && !context.tried().test(remembered.candidate())
            && isRemembered(remembered.connected(), remembered.lastSeenNanos(), timeout, nowNanos);
    return stays ? remembered.candidate() : hash.pick(context);
  }

  /** Whether it is still to be remembered where a client was. */
  public static boolean isRemembered(
      boolean connected, long lastSeenNanos, Duration timeout, long nowNanos) {
    return connected || nowNanos - lastSeenNanos <= timeout.toNanos();
  }
}
