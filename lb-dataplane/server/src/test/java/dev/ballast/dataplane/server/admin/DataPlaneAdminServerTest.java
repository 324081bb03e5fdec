package dev.ballast.dataplane.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataPlaneAdminServerTest {

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private final FakeHealth health = new FakeHealth();
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    port =
        new DataPlaneAdminServer(
                vertx,
                List.of(vertx),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                health)
            .listen(SocketAddress.inetSocketAddress(0, "127.0.0.1"))
            .await(10, TimeUnit.SECONDS)
            .actualPort();
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void metrics_are_prometheus_text_and_include_the_process() throws Exception {
    // Given a server that listens

    // When
    HttpResponse<String> answer = get("/metrics");

    // Then
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
    assertThat(answer.body())
        .contains("jvm_memory_used_bytes", "process_cpu_usage", "process_files_open_files");
  }

  @Test
  void readiness_follows_the_reconciler() throws Exception {
    // Given
    health.ready = false;

    // When
    HttpResponse<String> answer = get("/readyz");

    // Then
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void a_stuck_reconciler_makes_the_process_not_live() throws Exception {
    // Given
    health.alive = false;

    // When
    HttpResponse<String> answer = get("/livez");

    // Then
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("reconciler");
  }

  @Test
  void a_blocked_event_loop_is_detected() {
    // Given
    EventLoopMonitor loops = EventLoopMonitor.watch(List.of(vertx));
    var release = new CountDownLatch(1);
    vertx
        .getOrCreateContext()
        .runOnContext(
            nothing -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });

    // When
    assertThat(loops.problem()).isEmpty();

    // Then
    try {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(loops.problem()).startsWith("1 of 2 event loops"));
    } finally {
      release.countDown();
    }
  }

  @Test
  void any_other_path_lists_the_valid_ones() throws Exception {
    // Given a server that listens

    // When
    HttpResponse<String> answer = get("/");

    // Then
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("/metrics");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
