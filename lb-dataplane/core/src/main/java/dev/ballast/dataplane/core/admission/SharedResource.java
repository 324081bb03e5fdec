package dev.ballast.dataplane.core.admission;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A resource of the node that all Services share, such as file descriptors. Never more than its
 * capacity is in use. Thread-safe.
 *
 * <p>Seven eighths are common: a Service may have its {@link FairShare} of them. One eighth is the
 * reserve: connections last, so Services that came one after the other may hold all that is common,
 * and another Service still gets its part of the reserve. Half of the reserve is for Services that
 * do not exist yet.
 */
public final class SharedResource {

  private static final int RESERVE_PART = 8;

  /** A TCP connection needs two descriptors. */
  private static final int MIN_RESERVE = 2;

  private final int capacity;
  private final int reserve;
  private final AtomicInteger users = new AtomicInteger();
  private final AtomicInteger usedOfCommon = new AtomicInteger();
  private final AtomicInteger usedOfReserve = new AtomicInteger();

  public SharedResource(int capacity) {
    this.capacity = Math.max(0, capacity);
    this.reserve = this.capacity / RESERVE_PART;
  }

  /** A resource that never runs out. */
  public static SharedResource unlimited() {
    return new SharedResource(Integer.MAX_VALUE / 2);
  }

  public int capacity() {
    return capacity;
  }

  public int used() {
    return usedOfCommon.get() + usedOfReserve.get();
  }

  /** The part of the capacity that is common. */
  int common() {
    return capacity - reserve;
  }

  /** The most that one Service may have of what is common, at this moment. */
  int fairShare() {
    return FairShare.limit(common(), usedOfCommon.get());
  }

  /** The part of the reserve of each Service, with the Services of this moment. */
  int reserveOfEach() {
    return Math.max(MIN_RESERVE, reserve / 2 / Math.max(1, users.get()));
  }

  void register() {
    users.incrementAndGet();
  }

  void unregister() {
    users.decrementAndGet();
  }

  boolean tryAcquireCommon(int amount) {
    return tryAcquire(usedOfCommon, amount, common());
  }

  boolean tryAcquireReserve(int amount) {
    return tryAcquire(usedOfReserve, amount, reserve);
  }

  void release(int ofCommon, int ofReserve) {
    usedOfCommon.addAndGet(-ofCommon);
    usedOfReserve.addAndGet(-ofReserve);
  }

  private static boolean tryAcquire(AtomicInteger used, int amount, int limit) {
    if (used.addAndGet(amount) <= limit) {
      return true;
    }
    used.addAndGet(-amount);
    return false;
  }
}
