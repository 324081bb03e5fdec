package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.metrics.NodeMetric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** The mode of this node, and how often its tables were restored. */
public final class SteeringMetrics {

  /** Registers the meters; to be called once for a process. */
  public static void register(Steering steering, MeterRegistry metrics) {
    for (SteeringMode mode : SteeringMode.values()) {
      Gauge.builder(NodeMetric.STEERING_MODE.meterName(), () -> steering.mode() == mode ? 1 : 0)
          .description(NodeMetric.STEERING_MODE.meaning())
          .tag("mode", mode.toString())
          .register(metrics);
    }
    FunctionCounter.builder(NodeMetric.STEERING_REPAIRS.meterName(), steering, Steering::repairs)
        .description(NodeMetric.STEERING_REPAIRS.meaning())
        .register(metrics);
    FunctionCounter.builder(
            NodeMetric.FENCING_LAPSES.meterName(), steering.fencing(), SelfFencing::lapses)
        .description(NodeMetric.FENCING_LAPSES.meaning())
        .register(metrics);
  }

  private SteeringMetrics() {}
}
