package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.route.RouteMonitor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a check soon after a notification: one check for all that come meanwhile. */
final class RouteChangeChecks implements RouteMonitor.RouteChangeListener {

  /** A network service that reconfigures an interface changes it several times in a row. */
  private static final long INTERFACE_SETTLE_MILLIS = 300;

  private final ScheduledExecutorService timer;
  private final Runnable routeCheck;
  private final Runnable interfaceCheck;
  private final AtomicBoolean routeCheckScheduled = new AtomicBoolean();
  private final AtomicBoolean interfaceCheckScheduled = new AtomicBoolean();

  RouteChangeChecks(ScheduledExecutorService timer, Runnable routeCheck, Runnable interfaceCheck) {
    this.timer = timer;
    this.routeCheck = routeCheck;
    this.interfaceCheck = interfaceCheck;
  }

  @Override
  public void localRoutesChanged() {
    schedule(routeCheckScheduled, routeCheck, 0);
  }

  @Override
  public void interfacesChanged() {
    schedule(interfaceCheckScheduled, interfaceCheck, INTERFACE_SETTLE_MILLIS);
  }

  private void schedule(AtomicBoolean scheduled, Runnable check, long delayMillis) {
    if (scheduled.compareAndSet(false, true)) {
      var unused =
          timer.schedule(
              () -> {
                scheduled.set(false);
                check.run();
              },
              delayMillis,
              TimeUnit.MILLISECONDS);
    }
  }
}
