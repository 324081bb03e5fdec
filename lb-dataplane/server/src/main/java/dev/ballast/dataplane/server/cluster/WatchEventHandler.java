package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.server.metrics.NodeMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Handles the events of one watch: counts them, and forwards the ones that change anything.
 *
 * @param <K> the key of a change
 */
final class WatchEventHandler<K> {

  private final Counter counter;
  private final Consumer<K> onChange;

  WatchEventHandler(MeterRegistry metrics, String kind, Consumer<K> onChange) {
    this.counter =
        Counter.builder(NodeMetric.WATCH_EVENTS.meterName())
            .description(NodeMetric.WATCH_EVENTS.meaning())
            .tag("kind", kind)
            .register(metrics);
    this.onChange = onChange;
  }

  /** Handles one event, with the keys of what has changed, if anything. */
  void handle(Set<K> changes) {
    counter.increment();
    changes.forEach(onChange);
  }
}
