package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What the next pass has to look at. Whoever adds to it wakes the one that makes passes. A Service
 * on it is looked at as it is then, whatever had happened to it.
 */
public final class WorkQueue {

  private final Runnable wake;
  private Set<ServiceKey> services = new HashSet<>();
  private boolean all;

  /** {@code wake}: runs after each addition, on the thread that made it; must not block. */
  public WorkQueue(Runnable wake) {
    this.wake = wake;
  }

  /**
   * What is due.
   *
   * @param all every Service, whether it is among {@code services} or not
   */
  public record WorkItems(boolean all, Set<ServiceKey> services) {

    public static final WorkItems ALL = new WorkItems(true, Set.of());
  }

  void add(ServiceKey service) {
    add(Set.of(service));
  }

  public void add(Collection<ServiceKey> changed) {
    synchronized (this) {
      services.addAll(changed);
    }
    wake.run();
  }

  public void addAll() {
    synchronized (this) {
      all = true;
    }
    wake.run();
  }

  /** Who may own addresses, or where this node is: a pass sees by itself what follows. */
  public void surroundings() {
    wake.run();
  }

  /** Returns what was added since the last call. */
  public synchronized WorkItems take() {
    WorkItems due = new WorkItems(all, services);
    services = new HashSet<>();
    all = false;
    return due;
  }
}
