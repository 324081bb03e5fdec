package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.metrics.NodeMetric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** The metrics of the steering. */
public final class SteeringMetrics {

  /** Registers the mode, which does not change after the start, and the count of repairs. */
  public static void register(Steering steering, MeterRegistry metrics) {
    Gauge.builder(NodeMetric.STEERING_MODE.meterName(), () -> 1)
        .description(NodeMetric.STEERING_MODE.meaning())
        .tag("mode", steering.mode().toString())
        .register(metrics);
    FunctionCounter.builder(NodeMetric.STEERING_REPAIRS.meterName(), steering, Steering::repairs)
        .description(NodeMetric.STEERING_REPAIRS.meaning())
        .register(metrics);
  }

  private SteeringMetrics() {}
}
