package dev.ballast.dataplane.server.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The relay passes on bytes, FIN and RST unchanged. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class ByteStreamTest {

  private final boolean epoll;
  private final RelayFixture relay;

  ByteStreamTest(TestedEngine by) {
    this.epoll = by.detectsReset();
    this.relay = by.relay();
  }

  @AfterEach
  void close() {
    relay.close();
  }

  @Test
  void bytes_are_relayed_in_both_directions() throws Exception {
    try (TestBackend backend = TestBackend.echo()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();

      // When
      client.getOutputStream().write("hello".getBytes(US_ASCII));

      // Then
      assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
    }
  }

  @Test
  void a_client_that_has_sent_fin_still_gets_its_answer() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();

      // When
      client.getOutputStream().write("request".getBytes(US_ASCII));
      client.shutdownOutput();

      // Then
      assertThat(TestBackend.readAll(server)).isEqualTo("request");
      server.getOutputStream().write("answer".getBytes(US_ASCII));
      server.close();
      assertThat(TestBackend.readAll(client)).isEqualTo("answer");
      awaitNoConnection();
    }
  }

  @Test
  void a_backend_that_has_sent_fin_still_gets_the_bytes_of_the_client() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();

      // When
      server.getOutputStream().write("banner".getBytes(US_ASCII));
      server.shutdownOutput();

      // Then
      assertThat(TestBackend.readAll(client)).isEqualTo("banner");
      client.getOutputStream().write("upload".getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(TestBackend.readAll(server)).isEqualTo("upload");
      awaitNoConnection();
    }
  }

  @Test
  void a_reset_by_the_client_resets_the_backend() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();

      // When
      reset(client);

      // Then
      assertReset(server);
      awaitNoConnection();
    }
  }

  @Test
  void a_reset_by_the_backend_resets_the_client() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();

      // When
      reset(server);

      // Then
      assertReset(client);
      awaitNoConnection();
    }
  }

  @Tag("feature:faults")
  @Test
  void bytes_before_a_reset_are_delivered() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();
      server.getOutputStream().write('1');
      assertThat(client.getInputStream().read()).isEqualTo('1');

      // When
      server.getOutputStream().write("413".getBytes(US_ASCII));
      reset(server);

      // Then
      assertThat(client.getInputStream().readNBytes(3)).asString().isEqualTo("413");
      assertReset(client);
    }
  }

  @Test
  void a_reset_after_half_close_resets_the_backend_too() throws Exception {
    assumeTrue(epoll, "NIO learns of it only by writing");
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();
      client.shutdownOutput();
      assertThat(server.getInputStream().read()).isEqualTo(-1);

      // When
      reset(client);

      // Then
      await().untilAsserted(() -> assertThat(active()).isZero());
      assertThatThrownBy(() -> writeUntilItFails(server)).isInstanceOf(SocketException.class);
    }
  }

  @Tag("feature:faults")
  @Test
  void bytes_that_arrive_while_the_backend_is_connecting_are_kept() throws Exception {
    try (Blackhole blackhole = new Blackhole();
        TestBackend backend = TestBackend.manual()) {
      // Given: the first backend takes a second to fail
      relay.serve(
          RelayFixture.POLICY,
          List.of(
              TestBackend.endpoint(blackhole.port(), RelayFixture.READY),
              backend.endpoint(RelayFixture.READY)));
      Socket client = relay.connect();

      // When
      client.getOutputStream().write("early".getBytes(US_ASCII));
      client.shutdownOutput();

      // Then
      Socket server = backend.take();
      assertThat(TestBackend.readAll(server)).isEqualTo("early");
      server.getOutputStream().write("late".getBytes(US_ASCII));
      server.close();
      assertThat(TestBackend.readAll(client)).isEqualTo("late");
    }
  }

  @Tag("feature:faults")
  @Test
  void single_bytes_arrive_one_after_the_other() throws Exception {
    try (TestBackend backend = TestBackend.echo()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      client.setTcpNoDelay(true);

      // When
      for (int i = 0; i < 2000; i++) {
        client.getOutputStream().write(i);
        assertThat(client.getInputStream().read()).isEqualTo(i & 0xff);
      }

      // Then
      await()
          .untilAsserted(
              () -> {
                assertThat(relay.metric("ballast.bytes", "direction", "in")).isEqualTo(2000);
                assertThat(relay.metric("ballast.bytes", "direction", "out")).isEqualTo(2000);
              });
    }
  }

  @Tag("feature:faults")
  @Test
  void a_slow_reader_gets_every_byte_and_the_relay_buffers_little() throws Exception {
    int length = 64 * 1024 * 1024;
    CRC32 sent = new CRC32();
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();
      Thread.ofVirtual().start(() -> send(server, length, sent));

      // When
      double read = awaitStable(() -> relay.metric("ballast.bytes", "direction", "out"));

      // Then: the relay has read no more than the kernel buffers of two sockets and one session
      assertThat(read).isLessThan(16 * 1024 * 1024);
      CRC32 received = new CRC32();
      long total = 0;
      InputStream in = client.getInputStream();
      byte[] buffer = new byte[100_000];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        received.update(buffer, 0, n);
        total += n;
      }
      assertThat(total).isEqualTo(length);
      assertThat(received.getValue()).isEqualTo(sent.getValue());
    }
  }

  @Test
  void both_ends_may_send_fin_while_bytes_are_in_transit() throws Exception {
    int length = 8 * 1024 * 1024;
    CRC32 sent = new CRC32();
    try (TestBackend backend = TestBackend.manual()) {
      // Given: the backend has sent FIN, and reads slowly what the client uploads before its FIN
      relay.serve(backend);
      Socket client = relay.connect();
      Socket server = backend.take();
      server.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    send(client, length, sent);
                  });
      await().until(() -> blocked(sender) || !sender.isAlive());

      // When
      byte[] all = server.getInputStream().readAllBytes();

      // Then
      CRC32 received = new CRC32();
      received.update(all);
      assertThat(all).hasSize(length);
      assertThat(received.getValue()).isEqualTo(sent.getValue());
      awaitNoConnection();
    }
  }

  @Tag("feature:faults")
  @Test
  void an_idle_connection_is_reset_and_a_busy_one_is_not() throws Exception {
    try (TestBackend backend = TestBackend.echo()) {
      // Given
      relay.serve(TestPolicies.idle(Duration.ofSeconds(3)), backend);
      Socket idle = relay.connect();
      Socket busy = relay.connect();

      // When
      await()
          .pollInterval(Duration.ofMillis(100))
          .atMost(Duration.ofSeconds(15))
          .until(
              () -> {
                busy.getOutputStream().write('x');
                busy.getInputStream().read();
                return active() == 1;
              });

      // Then
      assertReset(idle);
      busy.getOutputStream().write('y');
      assertThat(busy.getInputStream().read()).isEqualTo('y');
    }
  }

  private double active() {
    return relay.metric("ballast.connections.active");
  }

  private void awaitNoConnection() {
    await().untilAsserted(() -> assertThat(active()).isZero());
  }

  private static double awaitStable(DoubleSupplier value) {
    double[] last = {-1};
    await()
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              double before = last[0];
              last[0] = value.getAsDouble();
              return last[0] > 0 && last[0] == before;
            });
    return last[0];
  }

  private static boolean blocked(Thread sender) {
    return sender.getState() == Thread.State.WAITING
        || sender.getState() == Thread.State.TIMED_WAITING;
  }

  private static void send(Socket to, int length, CRC32 sum) {
    Random random = new Random(1);
    byte[] buffer = new byte[64 * 1024];
    try {
      OutputStream out = to.getOutputStream();
      for (int left = length; left > 0; left -= buffer.length) {
        random.nextBytes(buffer);
        sum.update(buffer, 0, buffer.length);
        out.write(buffer, 0, buffer.length);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeUntilItFails(Socket socket) throws IOException {
    for (int i = 0; i < 100; i++) {
      socket.getOutputStream().write(i);
    }
  }

  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }
}
