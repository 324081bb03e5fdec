package dev.ballast.operator.observe;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.PoolStatistics;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * Registers and serves the metrics of the operator, which {@link OperatorMetric} lists, and {@code
 * jvm_memory_*}, {@code jvm_buffer_*}, {@code system_cpu_*} and {@code process_cpu_*} of
 * Micrometer.
 */
public final class OperatorMetrics implements Metrics {

  private static final Duration[] BUCKETS =
      Stream.of(5, 10, 25, 50, 100, 250, 1000, 5000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** The values of the label {@code result}, in lower case: reasons of the Service's condition. */
  private enum Result {
    ASSIGNED,
    SHARED,
    POOL_EXHAUSTED,
    NO_POOL,
    NO_ELIGIBLE_POOL,
    UNKNOWN_POOL,
    ADDRESS_NOT_IN_POOL,
    ADDRESS_EXCLUDED,
    ADDRESS_RESERVED,
    ADDRESS_NOT_RELEASED,
    ADDRESS_TAKEN,
    PORT_TAKEN,
    INVALID_REQUEST
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final PoolStatistics statistics;
  private final MultiGauge pools;

  public OperatorMetrics(Ipam ipam) {
    statistics = ipam.statistics();
    pools =
        MultiGauge.builder(OperatorMetric.POOL_ADDRESSES.metricName())
            .description(OperatorMetric.POOL_ADDRESSES.meaning())
            .register(registry);
    gauge(OperatorMetric.ADDRESSES_ALLOCATED, statistics::allocatedCount);
    gauge(OperatorMetric.ADDRESSES_ORPHANED, ipam.orphans()::count);
    gauge(OperatorMetric.ADDRESSES_CONFLICTING, ipam.conflicts()::count);
    // Registered from the start, so that the first allocation is an increase.
    Stream.of(Result.values()).forEach(this::allocations);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
  }

  private void gauge(OperatorMetric metric, DoubleSupplier value) {
    Gauge.builder(metric.metricName(), value::getAsDouble)
        .description(metric.meaning())
        .register(registry);
  }

  /** {@code count}: the number of Services that wait for an address. */
  public void registerPendingServices(IntSupplier count) {
    gauge(OperatorMetric.SERVICES_PENDING, count::getAsInt);
  }

  /** {@code count}: valid keys of the heartbeats; NaN while it is unknown. */
  public void registerHeartbeatKeys(DoubleSupplier count) {
    gauge(OperatorMetric.HEARTBEAT_KEYS, count);
  }

  /** Counts the result of an address request. */
  public void recordAllocation(AllocationResult allocationResult) {
    allocations(
            switch (allocationResult) {
              case AllocationResult.Assigned _ -> Result.ASSIGNED;
              case AllocationResult.Shareable _ -> Result.SHARED;
              case AllocationResult.Exhausted _ -> Result.POOL_EXHAUSTED;
              case AllocationResult.NoPool _ -> Result.NO_POOL;
              case AllocationResult.UnknownPool _ -> Result.UNKNOWN_POOL;
              case AllocationResult.NotInPool _ -> Result.ADDRESS_NOT_IN_POOL;
              case AllocationResult.AddressTaken _ -> Result.ADDRESS_TAKEN;
              case AllocationResult.PortTaken _ -> Result.PORT_TAKEN;
              case AllocationResult.RejectedByPools _ -> Result.NO_ELIGIBLE_POOL;
              case AllocationResult.AddressExcluded _ -> Result.ADDRESS_EXCLUDED;
              case AllocationResult.ReservedForOther _ -> Result.ADDRESS_RESERVED;
              case AllocationResult.NotReleased _ -> Result.ADDRESS_NOT_RELEASED;
              case AllocationResult.MalformedAllocationRequest _ -> Result.INVALID_REQUEST;
            })
        .increment();
  }

  private Counter allocations(Result result) {
    return Counter.builder(withoutSuffix(OperatorMetric.ALLOCATIONS, "_total"))
        .description(OperatorMetric.ALLOCATIONS.meaning())
        .tag("result", result.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  /** Micrometer adds the suffix of a counter and the unit of a timer itself. */
  private static String withoutSuffix(OperatorMetric metric, String suffix) {
    String name = metric.metricName();
    return name.substring(0, name.length() - suffix.length());
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    String result = "error";
    try {
      T done = execution.execute();
      result = "success";
      return done;
    } finally {
      sample.stop(
          Timer.builder(withoutSuffix(OperatorMetric.RECONCILE_TIME, "_seconds"))
              .description(OperatorMetric.RECONCILE_TIME.meaning())
              .serviceLevelObjectives(BUCKETS)
              .tag("controller", execution.controllerName())
              .tag("result", result)
              .register(registry));
    }
  }

  /** The metrics in the text format of Prometheus. */
  String scrape() {
    pools.register(
        statistics.usages().entrySet().stream()
            .flatMap(
                pool ->
                    Stream.of(
                        row(pool.getKey(), "allocated", pool.getValue().allocated()),
                        row(pool.getKey(), "available", pool.getValue().available())))
            .toList(),
        true);
    return registry.scrape();
  }

  private static MultiGauge.Row<Number> row(String pool, String state, long count) {
    return MultiGauge.Row.of(Tags.of("pool", pool, "state", state), count);
  }
}
