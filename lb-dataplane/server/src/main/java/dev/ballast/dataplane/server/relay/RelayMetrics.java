package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.relay.backend.BackendState;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The relay's metrics, by their Prometheus names. All have the labels {@code namespace} and {@code
 * service}; none names a Pod or a client, so their number does not grow with either. They go when
 * the Service goes.
 *
 * <table>
 *   <caption>Metrics</caption>
 *   <tr><th>name<th>further labels<th>meaning
 *   <tr><td>ballast_connections_active<td>port, protocol<td>connections now, or flows of UDP
 *   <tr><td>ballast_connections_total<td>port, protocol<td>connections accepted, or flows made
 *   <tr><td>ballast_connect_failures_total<td>port, protocol<td>attempts to reach a backend that failed; a
 *       connection may have several and still succeed
 *   <tr><td>ballast_denied_total<td>port, protocol<td>connections, or datagrams, that {@code
 *       loadBalancerSourceRanges} keeps out
 *   <tr><td>ballast_flows_evicted_total<td>port, protocol ({@code UDP})<td>flows that gave way to a
 *       new one because there were too many
 *   <tr><td>ballast_bytes_total<td>port, protocol, direction ({@code in}: client to backend, {@code out})
 *       <td>bytes read
 *   <tr><td>ballast_frontends_listening<td><td>ports that are served
 *   <tr><td>ballast_frontends_failed<td>reason<td>ports that are not
 *   <tr><td>ballast_backends<td>state ({@code healthy}, {@code unhealthy}, {@code not_ready},
 *       {@code draining})<td>backends
 * </table>
 */
final class RelayMetrics {

  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();

  private RelayMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** The meters of one port. */
  static RelayMetrics ofFrontend(
      MeterRegistry registry,
      ServiceKey service,
      int port,
      Protocol protocol,
      TrafficCounters traffic) {
    RelayMetrics metrics = new RelayMetrics(registry);
    Tags tags = tags(service).and("port", Integer.toString(port), "protocol", protocol.name());
    metrics.gauge("ballast.connections.active", tags, traffic::active);
    metrics.counter("ballast.connections", tags, traffic, TrafficCounters::connections);
    metrics.counter("ballast.connect.failures", tags, traffic, TrafficCounters::connectFailures);
    metrics.counter("ballast.denied", tags, traffic, TrafficCounters::denials);
    if (protocol == Protocol.UDP) {
      metrics.counter("ballast.flows.evicted", tags, traffic, TrafficCounters::evictions);
    }
    metrics.counter(
        "ballast.bytes",
        tags.and("direction", "in"),
        traffic,
        counted -> counted.bytesToBackends().sum());
    metrics.counter(
        "ballast.bytes",
        tags.and("direction", "out"),
        traffic,
        counted -> counted.bytesToClients().sum());
    return metrics;
  }

  /** The meters of a Service as a whole. */
  static RelayMetrics ofService(
      MeterRegistry registry, ServiceKey service, Supplier<VirtualServerStatus> running) {
    RelayMetrics metrics = new RelayMetrics(registry);
    Tags tags = tags(service);
    metrics.gauge(
        "ballast.frontends.listening",
        tags,
        () ->
            running.get().frontends().stream()
                .filter(frontend -> frontend.state() instanceof ListenerState.Listening)
                .count());
    for (ListenFailureReason reason : ListenFailureReason.values()) {
      metrics.gauge(
          "ballast.frontends.failed",
          tags.and("reason", reason.toString()),
          () ->
              running.get().frontends().stream()
                  .filter(
                      frontend ->
                          frontend.state() instanceof ListenerState.ListenFailed failed
                              && failed.reason() == reason)
                  .count());
    }
    for (BackendState state : BackendState.values()) {
      metrics.gauge(
          "ballast.backends",
          tags.and("state", label(state)),
          () ->
              running.get().backends().stream()
                  .filter(backend -> backend.state() == state)
                  .count());
    }
    return metrics;
  }

  void remove() {
    meters.forEach(registry::remove);
    meters.clear();
  }

  private static Tags tags(ServiceKey service) {
    return Tags.of("namespace", service.namespace(), "service", service.name());
  }

  private static String label(BackendState state) {
    return switch (state) {
      case HEALTHY -> "healthy";
      case UNHEALTHY -> "unhealthy";
      case NOT_READY -> "not_ready";
      case DRAINING -> "draining";
    };
  }

  private interface CounterSource {
    long get();
  }

  private interface CounterReader<T> {
    long get(T of);
  }

  private void gauge(String name, Tags tags, CounterSource value) {
    meters.add(Gauge.builder(name, value::get).tags(tags).register(registry));
  }

  private void counter(
      String name, Tags tags, TrafficCounters traffic, CounterReader<TrafficCounters> value) {
    meters.add(
        FunctionCounter.builder(name, traffic, counted -> value.get(counted))
            .tags(tags)
            .register(registry));
  }
}
