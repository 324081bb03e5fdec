package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadinessHttpClientTest {

  private final ReadinessHttpClient readinessHttpClient = new ReadinessHttpClient();
  private HttpServer server;
  private volatile int status;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/readyz",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    readinessHttpClient.close();
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource({"200,true", "204,true", "302,true", "404,false", "503,false"})
  void a_2xx_or_3xx_status_means_ready(int given, boolean ready) {
    // Given
    status = given;

    // When
    boolean answer = readinessHttpClient.apply(uri()).toCompletableFuture().join();

    // Then
    assertThat(answer).isEqualTo(ready);
  }

  @Test
  void a_closed_port_means_not_ready() {
    // Given
    URI closed = uri();
    server.stop(0);

    // When
    boolean answer = readinessHttpClient.apply(closed).toCompletableFuture().join();

    // Then
    assertThat(answer).isFalse();
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:%d/readyz".formatted(server.getAddress().getPort()));
  }
}
