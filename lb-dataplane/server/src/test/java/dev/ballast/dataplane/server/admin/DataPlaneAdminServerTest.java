package dev.ballast.dataplane.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataPlaneAdminServerTest {

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private final AtomicBoolean alive = new AtomicBoolean(true);
  private final AtomicBoolean ready = new AtomicBoolean(true);
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    port =
        DataPlaneAdminServer.listen(
                vertx,
                "127.0.0.1",
                0,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                alive::get,
                ready::get)
            .await(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void metrics_are_prometheus_text_with_the_process_in_it() throws Exception {
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
  void ready_follows_what_it_is_told() throws Exception {
    // Given
    ready.set(false);

    // When
    HttpResponse<String> answer = get("/readyz");

    // Then
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void a_stuck_conductor_is_not_alive() throws Exception {
    // Given
    alive.set(false);

    // When
    HttpResponse<String> answer = get("/livez");

    // Then
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("conductor");
  }

  @Test
  void an_event_loop_that_does_not_turn_is_noticed() {
    // Given
    EventLoopMonitor loops = EventLoopMonitor.watch(vertx);
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
    assertThat(loops.complaint()).isEmpty();

    // Then
    try {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(loops.complaint()).startsWith("1 of 2 event loops"));
    } finally {
      release.countDown();
    }
  }

  @Test
  void any_other_path_says_where_to_look() throws Exception {
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
