package dev.ballast.operator.ipam;

/** How many addresses there are to give, and how many of them are held. */
public record Usage(long capacity, long allocated) {

  /** Addresses still to give. */
  public long available() {
    return capacity == Long.MAX_VALUE ? Long.MAX_VALUE : capacity - allocated;
  }

  Usage plus(Usage other) {
    long sum = capacity + other.capacity;
    return new Usage(sum < 0 ? Long.MAX_VALUE : sum, allocated + other.allocated);
  }
}
