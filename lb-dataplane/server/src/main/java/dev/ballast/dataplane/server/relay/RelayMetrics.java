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
 * The metrics of the relay, as docs/reference/metrics.md lists them. All have the labels {@code
 * namespace} and {@code service}. None has the name of a Pod or a client, so their number grows
 * with neither. They are removed with the Service.
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
    metrics.gauge(
        "ballast.connections.active", "Open connections, or UDP flows.", tags, traffic::active);
    metrics.counter(
        "ballast.connections",
        "Accepted connections, or created UDP flows.",
        tags,
        traffic,
        TrafficCounters::connections);
    metrics.counter(
        "ballast.connect.failures",
        "Failed attempts to connect to a backend. A connection may have several and still succeed.",
        tags,
        traffic,
        TrafficCounters::connectFailures);
    metrics.counter(
        "ballast.denied",
        "Connections or datagrams that loadBalancerSourceRanges denied.",
        tags,
        traffic,
        TrafficCounters::denials);
    if (protocol == Protocol.UDP) {
      metrics.counter(
          "ballast.flows.evicted",
          "UDP flows that were evicted because there were too many.",
          tags,
          traffic,
          TrafficCounters::evictions);
    }
    metrics.counter(
        "ballast.bytes",
        BYTES,
        tags.and("direction", "in"),
        traffic,
        counted -> counted.bytesToBackends().sum());
    metrics.counter(
        "ballast.bytes",
        BYTES,
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
        "Ports that are served.",
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
          "Backends of the Service.",
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

  private void gauge(String name, String description, Tags tags, CounterSource value) {
    meters.add(
        Gauge.builder(name, value::get).description(description).tags(tags).register(registry));
  }

  private void counter(
      String name,
      String description,
      Tags tags,
      TrafficCounters traffic,
      CounterReader<TrafficCounters> value) {
    meters.add(
        FunctionCounter.builder(name, traffic, counted -> value.get(counted))
            .description(description)
            .tags(tags)
            .register(registry));
  }
}
