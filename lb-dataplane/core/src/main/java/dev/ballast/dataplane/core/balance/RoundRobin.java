package dev.ballast.dataplane.core.balance;

/** Each candidate in turn. */
record RoundRobin(int size) implements Picker {

  @Override
  public int pick(Draw draw) {
    if (size == 0) {
      return NONE;
    }
    // Unsigned: the turn goes on counting past Integer.MAX_VALUE.
    int first = Integer.remainderUnsigned(draw.turn(), size);
    for (int step = 0; step < size; step++) {
      int index = (first + step) % size;
      if (!draw.tried().test(index)) {
        return index;
      }
    }
    return NONE;
  }
}
