package dev.ballast.operator.observe;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
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
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * All metrics of the operator. Labels have few values: pools, controllers and results, never a
 * Service or an address.
 *
 * <ul>
 *   <li>{@code ballast_allocations_total{result}}, counter: answers to a wish for one address;
 *       {@code assigned}, {@code shared}, {@code exhausted}, {@code no_pool}, {@code barred} (by
 *       the rules of the pools) or {@code not_released} (by an earlier Service of the name); and
 *       where one is asked for by name, {@code unknown_pool}, {@code not_in_pool}, {@code
 *       withheld}, {@code kept_for_other}, {@code taken}, {@code port_taken} or {@code malformed}.
 *       A Service that waits asks again whenever one may be free.
 *   <li>{@code ballast_pool_addresses{pool,state}}, gauge: addresses of a pool, {@code allocated}
 *       or {@code available}.
 *   <li>{@code ballast_addresses_held}, gauge: addresses held, of whatever pool.
 *   <li>{@code ballast_addresses_orphaned}, gauge: those of them that no pool has any more.
 *   <li>{@code ballast_addresses_contested}, gauge: addresses that are not given for a while, since
 *       another machine of the LAN has them.
 *   <li>{@code ballast_services_waiting}, gauge: Services that wait for an address.
 *   <li>{@code ballast_reconcile_seconds{controller,result}}, histogram: time of one reconciliation
 *       ({@code service}, {@code addresspool}, {@code address}) that was a {@code success} or a
 *       {@code failure}, which is tried again.
 *   <li>{@code jvm_memory_*}, {@code jvm_buffer_*}, {@code system_cpu_*}, {@code process_cpu_*}: of
 *       Micrometer.
 * </ul>
 */
public final class OperatorMetrics implements Metrics {

  private static final Duration[] BUCKETS =
      Stream.of(5, 10, 25, 50, 100, 250, 1000, 5000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** Of a wish for one address; in lower case, the label's values. */
  private enum Result {
    ASSIGNED,
    SHARED,
    EXHAUSTED,
    NO_POOL,
    UNKNOWN_POOL,
    NOT_IN_POOL,
    TAKEN,
    PORT_TAKEN,
    BARRED,
    WITHHELD,
    KEPT_FOR_OTHER,
    NOT_RELEASED,
    MALFORMED
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Allocator allocator;
  private final MultiGauge pools;

  public OperatorMetrics(Allocator allocator) {
    this.allocator = allocator;
    pools =
        MultiGauge.builder("ballast_pool_addresses")
            .description("Addresses of a pool.")
            .register(registry);
    Gauge.builder("ballast_addresses_held", allocator, Allocator::heldCount)
        .description("Allocated addresses, of any pool.")
        .register(registry);
    Gauge.builder("ballast_addresses_orphaned", allocator, Allocator::orphanedCount)
        .description("Allocated addresses that no pool has.")
        .register(registry);
    Gauge.builder("ballast_addresses_contested", allocator, Allocator::contestedCount)
        .description("Addresses that another machine of the LAN has.")
        .register(registry);
    // From the start on, so that a first one counts as an increase.
    Stream.of(Result.values()).forEach(this::allocations);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
  }

  /** {@code count}: how many Services wait for an address. */
  public void watchWaiting(IntSupplier count) {
    Gauge.builder("ballast_services_waiting", count::getAsInt)
        .description("Services that wait for an address.")
        .register(registry);
  }

  /** A wish for one address was answered. */
  public void allocation(AllocationResult answer) {
    allocations(
            switch (answer) {
              case AllocationResult.Assigned _ -> Result.ASSIGNED;
              case AllocationResult.Shareable _ -> Result.SHARED;
              case AllocationResult.Exhausted _ -> Result.EXHAUSTED;
              case AllocationResult.NoPool _ -> Result.NO_POOL;
              case AllocationResult.UnknownPool _ -> Result.UNKNOWN_POOL;
              case AllocationResult.NotInPool _ -> Result.NOT_IN_POOL;
              case AllocationResult.AddressTaken _ -> Result.TAKEN;
              case AllocationResult.PortTaken _ -> Result.PORT_TAKEN;
              case AllocationResult.RejectedByPools _ -> Result.BARRED;
              case AllocationResult.AddressExcluded _ -> Result.WITHHELD;
              case AllocationResult.ReservedForOther _ -> Result.KEPT_FOR_OTHER;
              case AllocationResult.NotReleased _ -> Result.NOT_RELEASED;
              case AllocationResult.MalformedAllocationRequest _ -> Result.MALFORMED;
            })
        .increment();
  }

  private Counter allocations(Result result) {
    return Counter.builder("ballast_allocations")
        .description("Results of address requests.")
        .tag("result", result.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    String result = "failure";
    try {
      T done = execution.execute();
      result = "success";
      return done;
    } finally {
      sample.stop(
          Timer.builder("ballast_reconcile")
              .description("Duration of one reconciliation.")
              .serviceLevelObjectives(BUCKETS)
              .tag("controller", execution.controllerName())
              .tag("result", result)
              .register(registry));
    }
  }

  /** What Prometheus reads. */
  String scrape() {
    pools.register(
        allocator.usages().entrySet().stream()
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
