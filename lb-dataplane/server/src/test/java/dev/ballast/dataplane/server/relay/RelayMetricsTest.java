package dev.ballast.dataplane.server.relay;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** The names that dashboards and alerts rely on. */
class RelayMetricsTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Test
  void the_metrics_of_a_port_have_these_names_and_labels() {
    // Given
    TrafficCounters traffic = new TrafficCounters();
    traffic.connectionAccepted();
    traffic.connectionAccepted();
    traffic.connectionEnded();
    traffic.connectFailed();
    traffic.connectionDenied();
    traffic.bytesToBackends().add(10);
    traffic.bytesToClients().add(20);

    // When
    RelayMetrics.ofFrontend(registry, WEB, 80, Protocol.TCP, traffic);

    // Then
    assertThat(registry.scrape().lines())
        .contains(
            "ballast_connections_active{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_connections_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 2.0",
            "ballast_backend_connect_failures_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_connections_denied_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_bytes_total{direction=\"in\",namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"}"
                + " 10.0",
            "ballast_bytes_total{direction=\"out\",namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"}"
                + " 20.0");
  }

  @Test
  void the_metrics_of_a_service_have_these_names_and_labels_until_it_is_deleted() {
    // Given
    VirtualServerStatus status =
        new VirtualServerStatus(
            1,
            List.of(
                new FrontendStatus(
                    80,
                    Protocol.TCP,
                    new ListenerState.ListenFailed(ListenFailureReason.PORT_IN_USE, "taken"),
                    true)),
            List.of(
                new BackendStatus(
                    TestBackend.endpoint(1, RelayFixture.READY),
                    BackendHealthStatus.UNHEALTHY,
                    "refused")));

    // When
    RelayMetrics metrics = RelayMetrics.ofService(registry, WEB, () -> status);

    // Then
    assertThat(registry.scrape().lines())
        .contains(
            "ballast_frontends_listening{namespace=\"default\",service=\"web\"} 0.0",
            "ballast_frontends_failed{namespace=\"default\",reason=\"PortInUse\",service=\"web\"} 1.0",
            "ballast_backends{namespace=\"default\",service=\"web\",state=\"unhealthy\"} 1.0",
            "ballast_backends{namespace=\"default\",service=\"web\",state=\"healthy\"} 0.0");
    metrics.remove();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void the_documented_metrics_are_the_registered_ones() {
    // Given
    RelayMetrics.ofFrontend(registry, WEB, 80, Protocol.UDP, new TrafficCounters());
    RelayMetrics.ofBudget(registry, NodeBudget.unlimited());
    VirtualServerStatus nothing = new VirtualServerStatus(1, List.of(), List.of());

    // When
    RelayMetrics.ofService(registry, WEB, () -> nothing);

    // Then
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .extracting(
            id -> id.getName(), id -> id.getTags().stream().map(Tag::getKey).collect(toSet()))
        .containsOnly(
            Arrays.stream(RelayMetric.values())
                .map(metric -> tuple(metric.meterName(), Set.copyOf(metric.labels())))
                .toArray(Tuple[]::new));
    assertThat(RelayMetric.FRONTENDS_FAILED.meaning())
        .contains(
            Arrays.stream(ListenFailureReason.values())
                .map(ListenFailureReason::toString)
                .toList());
    assertThat(RelayMetric.CONNECTIONS_REJECTED.meaning())
        .contains(
            Arrays.stream(AdmissionResult.values())
                .filter(result -> result != AdmissionResult.ADMITTED)
                .map(AdmissionResult::label)
                .toList());
  }
}
