package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Draining: the relay stops listening, and open connections get a grace period. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class RelayDrainTest {

  private final RelayFixture relay;

  RelayDrainTest(TestedEngine by) {
    relay = by.relay();
  }

  @AfterEach
  void close() {
    relay.close();
  }

  @Test
  void draining_refuses_new_connections_and_waits_for_open_ones() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket client = relay.connect();
      Socket server = manual.take();

      // When
      CompletableFuture<Void> drained =
          relay.relay.drain(Duration.ofSeconds(30)).toCompletableFuture();

      // Then
      await().untilAsserted(() -> assertThat(relay.relay.status()).isEmpty());
      assertThatThrownBy(relay::connect).isInstanceOf(ConnectException.class);
      server.getOutputStream().write('x');
      assertThat(client.getInputStream().read()).isEqualTo('x');
      assertThat(drained).isNotDone();
      client.close();
      server.close();
      drained.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void connections_that_are_open_after_the_grace_period_are_reset() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket client = relay.connect();
      manual.take();

      // When
      relay.relay.drain(Duration.ofMillis(200)).toCompletableFuture().get(5, TimeUnit.SECONDS);

      // Then
      ByteStreamTest.assertReset(client);
    }
  }
}
