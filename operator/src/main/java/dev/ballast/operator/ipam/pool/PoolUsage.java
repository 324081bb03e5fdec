package dev.ballast.operator.ipam.pool;

/** How many addresses a pool has, and how many of them are allocated. */
public record PoolUsage(long capacity, long allocated) {

  /** The number of free addresses. */
  public long available() {
    return capacity == Long.MAX_VALUE ? Long.MAX_VALUE : capacity - allocated;
  }

  public PoolUsage plus(PoolUsage other) {
    long sum = capacity + other.capacity;
    return new PoolUsage(sum < 0 ? Long.MAX_VALUE : sum, allocated + other.allocated);
  }
}
