package dev.ballast.dataplane.core.admission;

/**
 * How much of a shared resource one user may take: eight times what is free ("dynamic queue length
 * thresholds", Choudhury and Hahne 1998, as in the shared memory of switches).
 *
 * <ul>
 *   <li>One user alone gets 8/9 of the resource.
 *   <li>When {@code n} users want more than there is, each gets 8/(8n + 1) of it, the max-min fair
 *       share but for a rest.
 *   <li>The rest, 1/(8n + 1), is free for a user who has less.
 * </ul>
 *
 * <p>The limit depends on two numbers only, so that a decision costs the same with 10,000 users.
 */
final class FairShare {

  static final int FACTOR = 8;

  /** The most that one user may have while {@code used} of {@code capacity} are in use. */
  static int limit(int capacity, int used) {
    return (int) Math.min(Integer.MAX_VALUE, (long) FACTOR * Math.max(0, capacity - used));
  }

  private FairShare() {}
}
