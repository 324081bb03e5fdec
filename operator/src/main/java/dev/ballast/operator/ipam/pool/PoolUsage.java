package dev.ballast.operator.ipam.pool;

/** How many addresses there are to give, and how many of them are held. */
public record PoolUsage(long capacity, long allocated) {

  /** Addresses still to give. */
  public long available() {
    return capacity == Long.MAX_VALUE ? Long.MAX_VALUE : capacity - allocated;
  }

  public PoolUsage plus(PoolUsage other) {
    long sum = capacity + other.capacity;
    return new PoolUsage(sum < 0 ? Long.MAX_VALUE : sum, allocated + other.allocated);
  }
}
