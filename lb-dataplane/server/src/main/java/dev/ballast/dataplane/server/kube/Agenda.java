package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What the next pass has to look at. Whoever adds to it wakes the one that makes passes. A Service
 * on it is looked at as it is then, whatever had happened to it.
 */
final class Agenda {

  private final Runnable wake;
  private Set<ServiceId> services = new HashSet<>();
  private boolean all;

  /** {@code wake}: runs after each addition, on the thread that made it; must not block. */
  Agenda(Runnable wake) {
    this.wake = wake;
  }

  /**
   * What is due.
   *
   * @param all every Service, whether it is among {@code services} or not
   */
  record Due(boolean all, Set<ServiceId> services) {

    static final Due ALL = new Due(true, Set.of());
  }

  void add(ServiceId service) {
    add(Set.of(service));
  }

  void add(Collection<ServiceId> changed) {
    synchronized (this) {
      services.addAll(changed);
    }
    wake.run();
  }

  void addAll() {
    synchronized (this) {
      all = true;
    }
    wake.run();
  }

  /** Who may own addresses, or where this node is: a pass sees by itself what follows. */
  void surroundings() {
    wake.run();
  }

  /** Returns what was added since the last call. */
  synchronized Due take() {
    Due due = new Due(all, services);
    services = new HashSet<>();
    all = false;
    return due;
  }
}
