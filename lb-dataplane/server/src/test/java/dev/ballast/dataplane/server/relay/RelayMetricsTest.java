package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.relay.backend.BackendState;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The names that dashboards and alerts rely on. */
class RelayMetricsTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Test
  void a_port_is_scraped_by_these_names() {
    // Given
    TrafficCounters traffic = new TrafficCounters();
    traffic.accepted();
    traffic.accepted();
    traffic.ended();
    traffic.connectFailed();
    traffic.denied();
    traffic.bytesToBackends().add(10);
    traffic.bytesToClients().add(20);

    // When
    RelayMetrics.ofFrontend(registry, WEB, 80, Protocol.TCP, traffic);

    // Then
    assertThat(registry.scrape().lines())
        .contains(
            "ballast_connections_active{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_connections_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 2.0",
            "ballast_connect_failures_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_denied_total{namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"} 1.0",
            "ballast_bytes_total{direction=\"in\",namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"}"
                + " 10.0",
            "ballast_bytes_total{direction=\"out\",namespace=\"default\",port=\"80\",protocol=\"TCP\",service=\"web\"}"
                + " 20.0");
  }

  @Test
  void a_service_is_scraped_by_these_names_until_it_goes() {
    // Given
    VirtualServerStatus running =
        new VirtualServerStatus(
            1,
            List.of(
                new FrontendStatus(
                    80,
                    Protocol.TCP,
                    new ListenerState.ListenFailed(ListenFailureReason.PORT_IN_USE, "taken"))),
            List.of(
                new BackendStatus(
                    TestBackend.endpoint(1, RelayFixture.READY),
                    BackendState.UNHEALTHY,
                    "refused")));

    // When
    RelayMetrics metrics = RelayMetrics.ofService(registry, WEB, () -> running);

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
}
