package dev.ballast.dataplane.core.admission;

import java.util.concurrent.atomic.AtomicInteger;

/** What one Service has of a shared resource. Thread-safe. */
public final class ResourceUsage {

  private final SharedResource resource;
  private final AtomicInteger ofCommon = new AtomicInteger();
  private final AtomicInteger ofReserve = new AtomicInteger();

  public ResourceUsage(SharedResource resource) {
    this.resource = resource;
    resource.register();
  }

  /** The Service is gone, and its part of the reserve is for others. What it has, it releases. */
  public void unregister() {
    resource.unregister();
  }

  /**
   * Takes an amount, or nothing: when the Service has its fair share and its part of the reserve.
   */
  public AdmissionResult tryAcquire(int amount) {
    // Of two threads that ask for the last part of a share, at least one is rejected.
    boolean common =
        ofCommon.addAndGet(amount) <= resource.fairShare() && resource.tryAcquireCommon(amount);
    if (common) {
      return AdmissionResult.ADMITTED;
    }
    ofCommon.addAndGet(-amount);
    if (ofReserve.addAndGet(amount) <= resource.reserveOfEach()
        && resource.tryAcquireReserve(amount)) {
      return AdmissionResult.ADMITTED;
    }
    ofReserve.addAndGet(-amount);
    return used() + amount > resource.fairShare()
        ? AdmissionResult.SERVICE_SHARE
        : AdmissionResult.NODE_BUDGET;
  }

  /**
   * To the reserve first, which is for those that have little. A Service that is over its fair
   * share gives back what is common first: otherwise it would take the same part of the reserve
   * again.
   */
  public void release(int amount) {
    if (ofCommon.get() > resource.fairShare()) {
      int common = takeUpTo(amount, ofCommon);
      ofReserve.addAndGet(common - amount);
      resource.release(common, amount - common);
    } else {
      int reserved = takeUpTo(amount, ofReserve);
      ofCommon.addAndGet(reserved - amount);
      resource.release(amount - reserved, reserved);
    }
  }

  /** Returns how much it has taken. */
  private static int takeUpTo(int amount, AtomicInteger from) {
    return Math.min(amount, from.getAndUpdate(used -> used - Math.min(used, amount)));
  }

  public int used() {
    return ofCommon.get() + ofReserve.get();
  }

  /** The most that one client of the Service may have now, as a Service of the node. */
  int fairShareOfClient() {
    // A Service that is over its fair share still has its part of the reserve.
    int common = Math.max(ofCommon.get(), Math.min(resource.fairShare(), resource.common()));
    return FairShare.limit(common + resource.reserveOfEach(), used());
  }
}
