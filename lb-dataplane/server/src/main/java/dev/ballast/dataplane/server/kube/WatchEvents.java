package dev.ballast.dataplane.server.kube;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What happens on one watch: counted, and passed on when it changes anything. */
final class WatchEvents {

  private final Counter counter;
  private final Runnable changed;

  WatchEvents(MeterRegistry metrics, String kind, Runnable changed) {
    this.counter =
        Counter.builder("ballast.watch.events")
            .description("Objects that a watch or list delivered, or said to be gone")
            .tag("kind", kind)
            .register(metrics);
    this.changed = changed;
  }

  void seen(boolean change) {
    counter.increment();
    if (change) {
      changed.run();
    }
  }
}
