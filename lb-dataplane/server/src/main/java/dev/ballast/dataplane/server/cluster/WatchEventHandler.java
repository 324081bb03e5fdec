package dev.ballast.dataplane.server.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What happens on one watch: counted, and passed on where it changes anything.
 *
 * @param <K> what a change is of
 */
final class WatchEventHandler<K> {

  private final Counter counter;
  private final Consumer<K> changed;

  WatchEventHandler(MeterRegistry metrics, String kind, Consumer<K> changed) {
    this.counter =
        Counter.builder("ballast.watch.events")
            .description("Objects that a watch or list delivered or reported as deleted.")
            .tag("kind", kind)
            .register(metrics);
    this.changed = changed;
  }

  /** One event; {@code changes}: what is other than before, if anything. */
  void seen(Set<K> changes) {
    counter.increment();
    changes.forEach(changed);
  }
}
