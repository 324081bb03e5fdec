package dev.ballast.dataplane.server.admin;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes of a node, by two admin servers. */
@Tag("feature:update")
class AdminListenersTest {

  @TempDir Path folder;

  private final List<Vertx> opened = new ArrayList<>();
  private final FakeHealth oldHealth = new FakeHealth();
  private final FakeHealth newHealth = new FakeHealth();
  private final int port = freePort();
  private final AdminListeners old = listeners(oldHealth);
  private final AdminListeners next = listeners(newHealth);

  @AfterEach
  void close() throws Exception {
    for (Vertx vertx : opened) {
      vertx.close().await(10, TimeUnit.SECONDS);
    }
  }

  private AdminListeners listeners(FakeHealth health) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    opened.add(vertx);
    return new AdminListeners(
        vertx,
        List.of(vertx),
        "127.0.0.1",
        port,
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
        health);
  }

  @Test
  void the_process_without_the_node_has_the_next_port() throws Exception {
    // Given
    old.listenOnAdminPort();
    newHealth.ready = false;

    // When
    next.leaveAdminPort();

    // Then
    assertThat(status(port)).isEqualTo(200);
    assertThat(status(port + 1)).isEqualTo(503);
  }

  @Test
  void the_admin_port_goes_to_the_other_process_with_the_node() throws Exception {
    // Given
    old.listenOnAdminPort();
    next.leaveAdminPort();
    oldHealth.ready = false;

    // When
    old.leaveAdminPort();
    next.listenOnAdminPort();

    // Then
    assertThat(status(port)).isEqualTo(200);
    assertThat(status(port + 2)).isEqualTo(503);
    assertThat(status(port + 1)).as("nobody").isZero();
  }

  @Test
  void a_port_of_another_program_is_taken_as_soon_as_it_is_free() throws Exception {
    try (ServerSocket other = new ServerSocket()) {
      // Given
      other.bind(new InetSocketAddress("127.0.0.1", port));
      old.listenOnAdminPort();

      // When
      other.close();

      // Then
      await().atMost(ofSeconds(5)).until(() -> status(port) == 200);
    }
  }

  @Test
  void the_startup_probe_asks_over_the_unix_socket_and_a_file_of_a_killed_process_does_not_matter()
      throws Exception {
    // Given
    Path socket = Files.createFile(folder.resolve("admin.sock"));
    assertThat(StartupCheck.isStarted(socket.toString())).isFalse();
    old.listenOn(Optional.of(socket.toString()));
    assertThat(StartupCheck.isStarted(socket.toString())).isTrue();

    // When
    oldHealth.started = false;

    // Then
    assertThat(StartupCheck.isStarted(socket.toString())).isFalse();
  }

  private int status(int number) throws IOException {
    var connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:%d/readyz".formatted(number)).toURL().openConnection();
    connection.setReadTimeout(5_000);
    try {
      return connection.getResponseCode();
    } catch (ConnectException e) {
      return 0;
    } finally {
      connection.disconnect();
    }
  }

  /** With two free ones after it, most likely. */
  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
