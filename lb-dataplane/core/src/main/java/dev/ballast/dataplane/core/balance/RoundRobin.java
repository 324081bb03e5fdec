package dev.ballast.dataplane.core.balance;

/** Round robin: each candidate in turn. */
record RoundRobin(int size) implements Picker {

  @Override
  public int pick(PickContext context) {
    if (size == 0) {
      return NONE;
    }
    // Unsigned: the sequence continues past Integer.MAX_VALUE.
    int first = Integer.remainderUnsigned(context.sequence(), size);
    for (int step = 0; step < size; step++) {
      int index = (first + step) % size;
      if (!context.tried().test(index)) {
        return index;
      }
    }
    return NONE;
  }
}
