package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressPool;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody.Consumer;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.processing.LifecycleAware;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes that a Service takes, and that none follow once it is reconciled. */
class ApiWriteCountTest extends ApiServerTest {

  private final Queue<String> writes = new ConcurrentLinkedQueue<>();
  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  ApiWriteCountTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    operator =
        new BallastOperator(
            new KubernetesClientBuilder()
                .withConfig(client.getConfiguration())
                .withHttpClientBuilderConsumer(
                    http -> http.addOrReplaceInterceptor("writes", new RecordWrites()))
                .build(),
            ALONE);
    operator.start();
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    clear();
    operator.stop();
    dataPlane.close();
  }

  @Test
  void a_service_takes_four_writes_and_then_none() {
    // Given
    syncedPool("192.0.2.10-192.0.2.19");

    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    awaitNoWrites(1, Duration.ofSeconds(5));
    String services = "/api/v1/namespaces/" + namespace + "/services/web";
    String events = "POST /apis/events.k8s.io/v1/namespaces/" + namespace + "/events";
    assertThat(writes.stream().filter(write -> !write.contains("/addresspools/")))
        .containsExactlyInAnyOrder(
            "POST /apis/ballast.dev/v1alpha1/addresses",
            "PATCH /apis/ballast.dev/v1alpha1/namespaces/" + namespace + "/loadbalancers/web",
            "PATCH " + services + "/status",
            events);
    assertThat(writes.stream().filter(write -> write.contains("/addresspools/")))
        .as("the pool's count, at its start and once a second at most")
        .hasSizeBetween(1, 3);
    assertThat(ourEvents()).extracting(Event::getReason).containsExactly("Announced");
  }

  @Test
  void a_pending_service_takes_two_writes_and_then_none() {
    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(condition("web", "ballast.dev/Allocated")).isPresent());
    awaitNoWrites(1, Duration.ofSeconds(2));
    assertThat(writes)
        .containsExactlyInAnyOrder(
            "PATCH /api/v1/namespaces/" + namespace + "/services/web/status",
            "POST /apis/events.k8s.io/v1/namespaces/" + namespace + "/events");
  }

  @Test
  void a_service_that_no_node_announces_takes_no_more_writes_while_it_waits() {
    // Given
    syncedPool("192.0.2.10");
    dataPlane.close();

    // When
    create(loadBalancer("web", 80));

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("web", "ballast.dev/Announced").orElseThrow().getReason())
                    .isEqualTo("WaitingForDataPlane"));
    awaitNoWrites(2, Duration.ofSeconds(2));
    assertThat(writes.stream().filter(write -> write.endsWith("/services/web/status"))).hasSize(1);
    assertThat(ourEvents())
        .extracting(Event::getReason)
        .containsExactlyInAnyOrder("AddressAssigned", "WaitingForDataPlane");
    dataPlane = new FakeDataPlane(client);
  }

  @Test
  void the_metrics_count_what_the_operator_does() throws Exception {
    // Given
    pool("192.0.2.10-192.0.2.19");

    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    assertThat(get("/readyz")).isEqualTo("ok\n");
    assertThat(get("/livez")).isEqualTo("ok\n");
    assertThat(get("/metrics"))
        .contains(
            "ballast_allocations_total{result=\"assigned\"} 1.0",
            "ballast_pool_addresses{pool=\"pool\",state=\"allocated\"} 1.0",
            "ballast_pool_addresses{pool=\"pool\",state=\"available\"} 9.0",
            "ballast_addresses_allocated 1.0",
            "ballast_services_pending 0.0",
            "ballast_reconcile_seconds_bucket{controller=\"service\",result=\"success\",le=\"0.05\"}",
            "ballast_reconcile_seconds_count{controller=\"addresspool\",result=\"success\"}");
  }

  @Test
  void the_operator_is_not_live_when_the_watch_of_a_reconciler_has_stopped() throws Exception {
    // Given
    await().until(() -> get("/livez").equals("ok\n"));
    InformerHealthIndicator informer = operator.informers().findAny().orElseThrow();

    // When
    ((LifecycleAware) informer).stop();

    // Then
    await().until(() -> !get("/livez").equals("ok\n"));
  }

  /** A Service that the operator sees before the pool would first get the reason NoPool. */
  private void syncedPool(String addresses) {
    pool(addresses);
    await().untilAsserted(() -> assertThat(writes).isNotEmpty());
  }

  /** Waits for the Events and the pool's count, which follow up to a second later. */
  private void awaitNoWrites(int events, Duration time) {
    await()
        .untilAsserted(
            () -> {
              assertThat(writes.stream().filter(write -> write.endsWith("/events")))
                  .hasSize(events);
              assertThat(client.resources(AddressPool.class).list().getItems())
                  .allSatisfy(
                      pool ->
                          assertThat(pool.getStatus().allocated()).isEqualTo(addresses().size()));
            });
    int before = writes.size();
    Awaitility.await()
        .during(time)
        .atMost(time.plusSeconds(2))
        .untilAsserted(() -> assertThat(writes).hasSize(before));
  }

  private String get(String path) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              java.net.http.HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + operator.adminPort() + path))
                  .build(),
              BodyHandlers.ofString())
          .body();
    }
  }

  /** The writes that the API server accepted. */
  private final class RecordWrites implements Interceptor {
    @Override
    public void after(
        HttpRequest request, HttpResponse<?> response, Consumer<List<ByteBuffer>> body) {
      if (!List.of("GET", "HEAD").contains(request.method()) && response.isSuccessful()) {
        writes.add(request.method() + " " + request.uri().getPath());
      }
    }
  }
}
