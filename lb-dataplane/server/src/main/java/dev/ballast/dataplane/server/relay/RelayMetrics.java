package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.admission.SharedResource;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
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
 * Registers the meters of {@link RelayMetric} for one Service port, or for one Service. {@link
 * #remove()} takes them away with the Service.
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
    RelayMetrics meters = new RelayMetrics(registry);
    Tags tags = tags(service).and("port", Integer.toString(port), "protocol", protocol.name());
    meters.gauge(RelayMetric.CONNECTIONS_ACTIVE, tags, traffic::active);
    meters.counter(RelayMetric.CONNECTIONS, tags, traffic, TrafficCounters::connections);
    meters.counter(
        RelayMetric.BACKEND_CONNECT_FAILURES, tags, traffic, TrafficCounters::connectFailures);
    meters.counter(RelayMetric.CONNECTIONS_DENIED, tags, traffic, TrafficCounters::denials);
    for (AdmissionResult why : AdmissionResult.values()) {
      if (why != AdmissionResult.ADMITTED) {
        meters.counter(
            RelayMetric.CONNECTIONS_REJECTED,
            tags.and("reason", why.label()),
            traffic,
            counted -> counted.rejections(why));
      }
    }
    if (protocol == Protocol.UDP) {
      meters.counter(RelayMetric.UDP_FLOWS_EVICTED, tags, traffic, TrafficCounters::evictions);
    }
    meters.counter(
        RelayMetric.BYTES,
        tags.and("direction", "in"),
        traffic,
        counted -> counted.bytesToBackends().sum());
    meters.counter(
        RelayMetric.BYTES,
        tags.and("direction", "out"),
        traffic,
        counted -> counted.bytesToClients().sum());
    return meters;
  }

  /** The meters of the node's budget. */
  static RelayMetrics ofBudget(MeterRegistry registry, NodeBudget budget) {
    RelayMetrics meters = new RelayMetrics(registry);
    meters.resource("descriptors", budget.descriptors());
    meters.resource("udp_ports", budget.udpPorts());
    meters.resource("affinity_entries", budget.affinityEntries());
    return meters;
  }

  private void resource(String name, SharedResource resource) {
    gauge(RelayMetric.BUDGET_CAPACITY, Tags.of("resource", name), resource::capacity);
    gauge(RelayMetric.BUDGET_USED, Tags.of("resource", name), resource::used);
  }

  /** The meters of a Service as a whole. */
  static RelayMetrics ofService(
      MeterRegistry registry, ServiceKey service, Supplier<VirtualServerStatus> status) {
    RelayMetrics meters = new RelayMetrics(registry);
    Tags tags = tags(service);
    meters.gauge(
        RelayMetric.FRONTENDS_LISTENING,
        tags,
        () ->
            status.get().frontends().stream()
                .filter(frontend -> frontend.state() instanceof ListenerState.Listening)
                .count());
    for (ListenFailureReason reason : ListenFailureReason.values()) {
      meters.gauge(
          RelayMetric.FRONTENDS_FAILED,
          tags.and("reason", reason.toString()),
          () ->
              status.get().frontends().stream()
                  .filter(
                      frontend ->
                          frontend.state() instanceof ListenerState.ListenFailed failed
                              && failed.reason() == reason)
                  .count());
    }
    for (BackendHealthStatus state : BackendHealthStatus.values()) {
      meters.gauge(
          RelayMetric.BACKENDS,
          tags.and("state", label(state)),
          () ->
              status.get().backends().stream().filter(backend -> backend.state() == state).count());
    }
    return meters;
  }

  void remove() {
    meters.forEach(registry::remove);
    meters.clear();
  }

  private static Tags tags(ServiceKey service) {
    return Tags.of("namespace", service.namespace(), "service", service.name());
  }

  private static String label(BackendHealthStatus state) {
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

  private void gauge(RelayMetric metric, Tags tags, CounterSource value) {
    meters.add(
        Gauge.builder(metric.meterName(), value::get)
            .description(metric.meaning())
            .tags(tags)
            .register(registry));
  }

  private void counter(
      RelayMetric metric,
      Tags tags,
      TrafficCounters traffic,
      CounterReader<TrafficCounters> value) {
    meters.add(
        FunctionCounter.builder(metric.meterName(), traffic, counted -> value.get(counted))
            .description(metric.meaning())
            .tags(tags)
            .register(registry));
  }
}
