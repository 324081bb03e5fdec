package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * The queue of Services to reconcile. Each addition wakes the reconciler. A Service is in the queue
 * once, whatever has happened to it, and is reconciled with its state at that time.
 */
public final class WorkQueue {

  private final Runnable wake;
  private Set<ServiceKey> services = new HashSet<>();
  private boolean all;

  /** {@code wake} runs after each addition, on the thread of the caller. It must not block. */
  public WorkQueue(Runnable wake) {
    this.wake = wake;
  }

  /**
   * The Services to reconcile.
   *
   * @param all every Service, whether it is in {@code services} or not
   */
  public record WorkItems(boolean all, Set<ServiceKey> services) {

    public static final WorkItems ALL = new WorkItems(true, Set.of());

    /** These, and more Services. */
    public WorkItems with(Collection<ServiceKey> more) {
      Set<ServiceKey> both = new HashSet<>(services);
      both.addAll(more);
      return new WorkItems(all, both);
    }
  }

  void add(ServiceKey service) {
    add(Set.of(service));
  }

  public void add(Collection<ServiceKey> keys) {
    synchronized (this) {
      services.addAll(keys);
    }
    wake.run();
  }

  public void addAll() {
    synchronized (this) {
      all = true;
    }
    wake.run();
  }

  /** Wakes the reconciler, which sees by itself that members or locality have changed. */
  public void wake() {
    wake.run();
  }

  /** Removes and returns all items. */
  public synchronized WorkItems take() {
    WorkItems due = new WorkItems(all, services);
    services = new HashSet<>();
    all = false;
    return due;
  }
}
