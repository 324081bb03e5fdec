package dev.ballast.operator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperatorAdminServerTest {

  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();
  private final OperatorMetrics metrics = new OperatorMetrics(ipam);
  private final AtomicBoolean live = new AtomicBoolean(true);
  private final AtomicBoolean ready = new AtomicBoolean(true);
  private final HttpClient http = HttpClient.newHttpClient();
  private OperatorAdminServer server;

  @BeforeEach
  void start() throws IOException {
    server = OperatorAdminServer.start(0, metrics, live::get, ready::get);
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
  }

  @Test
  void probes_report_liveness_and_readiness() throws Exception {
    // When
    ready.set(false);

    // Then
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    live.set(false);
    ready.set(true);
    assertThat(get("/livez").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void metrics_have_their_documented_names_from_the_start() throws Exception {
    // Given
    metrics.registerPendingServices(() -> 3);

    // When
    HttpResponse<String> metrics = get("/metrics");

    // Then
    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body())
        .contains(
            "ballast_allocations_total{result=\"assigned\"} 0.0",
            "ballast_allocations_total{result=\"pool_exhausted\"} 0.0",
            "ballast_allocations_total{result=\"no_pool\"} 0.0",
            "ballast_allocations_total{result=\"port_taken\"} 0.0",
            "ballast_allocations_total{result=\"shared\"} 0.0",
            "ballast_services_pending 3.0",
            "ballast_addresses_allocated 0.0",
            "jvm_memory_used_bytes",
            "system_cpu_usage");
  }

  @Test
  void every_listed_metric_is_served_with_its_labels() throws Exception {
    // Given
    metrics.registerPendingServices(() -> 0);
    metrics.registerHeartbeatKeys(() -> 1);
    TestAllocator.putPool(ipam, "lan", range("192.0.2.0", "192.0.2.255"));

    // When
    metrics.timeControllerExecution(new Reconciliation());

    // Then
    String body = get("/metrics").body();
    assertThat(OperatorMetric.values())
        .allSatisfy(
            metric -> {
              assertThat(body)
                  .contains("# TYPE %s %s\n".formatted(metric.metricName(), metric.type()));
              metric
                  .labels()
                  .forEach(
                      label ->
                          assertThat(body)
                              .containsPattern(
                                  metric.metricName() + "\\w*\\{[^}]*" + label + "=\""));
            });
    assertThat(
            Pattern.compile("ballast_allocations_total\\{result=\"(\\w+)\"")
                .matcher(body)
                .results())
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(OperatorMetric.ALLOCATIONS.meaning()).contains(line.group(1)));
  }

  private static final class Reconciliation implements Metrics.ControllerExecution<String> {
    @Override
    public String name() {
      return "reconcile";
    }

    @Override
    public String controllerName() {
      return "service";
    }

    @Override
    public String successTypeName(String result) {
      return result;
    }

    @Override
    public ResourceID resourceID() {
      return new ResourceID("web", "shop");
    }

    @Override
    public Map<String, Object> metadata() {
      return Map.of();
    }

    @Override
    public String execute() {
      return "done";
    }
  }

  @Test
  void results_of_address_requests_are_counted() throws Exception {
    // Given
    metrics.recordAllocation(new AllocationResult.NoPool(IpFamily.IPv4, null));
    metrics.recordAllocation(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("pool")));

    // When
    metrics.recordAllocation(
        new AllocationResult.Assigned(IpAddress.parse("192.0.2.10").orElseThrow(), "pool"));

    // Then
    assertThat(get("/metrics").body())
        .contains(
            "ballast_allocations_total{result=\"assigned\"} 1.0",
            "ballast_allocations_total{result=\"pool_exhausted\"} 1.0",
            "ballast_allocations_total{result=\"no_pool\"} 1.0");
  }

  @Test
  void pool_metrics_show_the_usage_and_disappear_with_the_pool() throws Exception {
    // Given
    TestAllocator.putPool(ipam, "big", range("192.0.2.0", "192.0.2.255"));
    TestAllocator.putPool(ipam, "removed", range("198.51.100.1", "198.51.100.1"));
    TestAllocator.allocate(
        allocator,
        AddressClaim.whole(new ServiceRef("default", "web", "uid")),
        AddressRequest.any(IpFamily.IPv4));
    assertThat(get("/metrics").body())
        .contains(
            "ballast_pool_addresses{pool=\"big\",state=\"allocated\"} 1.0",
            "ballast_pool_addresses{pool=\"big\",state=\"available\"} 255.0",
            "ballast_pool_addresses{pool=\"removed\",state=\"available\"} 1.0");

    // When
    ipam.pools().remove("removed");

    // Then
    assertThat(get("/metrics").body()).contains("pool=\"big\"").doesNotContain("pool=\"removed\"");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
        BodyHandlers.ofString());
  }

  private static List<AddressRange> range(String first, String last) {
    return List.of(
        new AddressRange(
            IpAddress.parse(first).orElseThrow(), IpAddress.parse(last).orElseThrow()));
  }
}
