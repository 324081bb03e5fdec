package dev.ballast.dataplane.core.balance;

/**
 * Least connections, of two random candidates ("the power of two choices", Mitzenmacher 2001). This
 * is nearly as even as a comparison of all candidates, and takes constant time. Nodes do not see
 * each other's counts, and the random choice keeps them from sending all to the same backend.
 */
record LeastConnections(int size) implements Picker {

  @Override
  public int pick(PickContext context) {
    if (size == 0) {
      return NONE;
    }
    int one = below(size, (int) (context.random() >>> 32));
    if (size == 1) {
      return context.tried().test(one) ? NONE : one;
    }
    int other = (one + 1 + below(size - 1, (int) context.random())) % size;
    boolean oneTried = context.tried().test(one);
    boolean otherTried = context.tried().test(other);
    if (oneTried && otherTried) {
      return leastOfAll(context, one);
    }
    if (oneTried) {
      return other;
    }
    if (otherTried) {
      return one;
    }
    return connections(context, other) < connections(context, one) ? other : one;
  }

  private int leastOfAll(PickContext context, int first) {
    int least = NONE;
    for (int step = 0; step < size; step++) {
      int index = (first + step) % size;
      if (!context.tried().test(index)
          && (least == NONE || connections(context, index) < connections(context, least))) {
        least = index;
      }
    }
    return least;
  }

  private static int connections(PickContext context, int index) {
    return context.connections().applyAsInt(index);
  }

  /** Maps 32 random bits to 0 (inclusive) to {@code bound} (exclusive), evenly. */
  private static int below(int bound, int bits) {
    return (int) ((Integer.toUnsignedLong(bits) * bound) >>> 32);
  }
}
