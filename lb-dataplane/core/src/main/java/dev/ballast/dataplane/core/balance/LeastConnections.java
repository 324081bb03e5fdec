package dev.ballast.dataplane.core.balance;

/**
 * The less loaded of two candidates drawn at random ("the power of two choices", Mitzenmacher
 * 2001): nearly as even as looking at all of them, in constant time, and nodes that cannot see each
 * other's counts do not all rush to the same backend.
 */
record LeastConnections(int size) implements Picker {

  @Override
  public int pick(Draw draw) {
    if (size == 0) {
      return NONE;
    }
    int one = below(size, (int) (draw.random() >>> 32));
    if (size == 1) {
      return draw.tried().test(one) ? NONE : one;
    }
    int other = (one + 1 + below(size - 1, (int) draw.random())) % size;
    boolean oneTried = draw.tried().test(one);
    boolean otherTried = draw.tried().test(other);
    if (oneTried && otherTried) {
      return leastOfAll(draw, one);
    }
    if (oneTried) {
      return other;
    }
    if (otherTried) {
      return one;
    }
    return connections(draw, other) < connections(draw, one) ? other : one;
  }

  private int leastOfAll(Draw draw, int first) {
    int least = NONE;
    for (int step = 0; step < size; step++) {
      int index = (first + step) % size;
      if (!draw.tried().test(index)
          && (least == NONE || connections(draw, index) < connections(draw, least))) {
        least = index;
      }
    }
    return least;
  }

  private static int connections(Draw draw, int index) {
    return draw.connections().applyAsInt(index);
  }

  /** Maps 32 random bits to 0 (inclusive) to {@code bound} (exclusive), evenly. */
  private static int below(int bound, int bits) {
    return (int) ((Integer.toUnsignedLong(bits) * bound) >>> 32);
  }
}
