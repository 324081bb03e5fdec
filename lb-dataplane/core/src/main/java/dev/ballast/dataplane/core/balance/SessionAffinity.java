package dev.ballast.dataplane.core.balance;

import java.time.Duration;

/**
 * {@code sessionAffinity: ClientIP}. A client that this node does not remember goes to the backend
 * of its hash. The hash is the same on every node, so the client keeps its backend when another
 * node takes over the address. A client that this node remembers keeps its backend until the
 * timeout, so that new backends do not take it over.
 */
public final class SessionAffinity {

  /**
   * The last backend of a client.
   *
   * @param candidate index of the backend among the candidates, {@link Picker#NONE} when it is not
   *     a candidate any more
   * @param connected whether the client has a connection to it now
   * @param lastSeenNanos when the client's last connection began or ended
   */
  public record RememberedBackend(int candidate, boolean connected, long lastSeenNanos) {}

  private SessionAffinity() {}

  /** Returns the index of the candidate to try, or {@link Picker#NONE}. */
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

  /** Whether the affinity of a client has not timed out. */
  public static boolean isRemembered(
      boolean connected, long lastSeenNanos, Duration timeout, long nowNanos) {
    return connected || nowNanos - lastSeenNanos <= timeout.toNanos();
  }
}
