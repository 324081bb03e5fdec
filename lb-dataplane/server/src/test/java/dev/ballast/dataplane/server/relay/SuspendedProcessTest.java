package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.DigestClient;
import dev.ballast.dataplane.server.EchoBackend;
import dev.ballast.dataplane.server.ImageFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A process at one end that is suspended for a while (SIGSTOP), as in a long GC pause. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class SuspendedProcessTest {

  private final AtomicBoolean enough = new AtomicBoolean();

  @Parameter private TestedEngine by;
  private RelayFixture relay;
  private Process process;

  @BeforeEach
  void open() {
    relay = by.relay();
  }

  @AfterEach
  void close() {
    process.destroyForcibly();
    relay.close();
  }

  @Test
  void a_suspended_backend_delays_only_its_own_clients_and_no_byte_is_lost() throws Exception {
    try (TestBackend other = TestBackend.echo()) {
      // Given
      process = start(ImageFlags.java(EchoBackend.class));
      int port = Integer.parseInt(output().readLine());
      int otherPort = RelayFixture.freePort();
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              RelayFixture.frontend(
                  relay.port, List.of(TestBackend.endpoint(port, RelayFixture.READY))),
              RelayFixture.frontend(otherPort, List.of(other.endpoint(RelayFixture.READY)))));
      Socket client = relay.connect();
      client.getOutputStream().write('a');
      assertThat(client.getInputStream().read()).isEqualTo('a');

      // When
      signal("STOP");
      client.getOutputStream().write('b');
      Socket late = relay.connect();
      late.getOutputStream().write('c');

      // Then
      assertThat(relay.ask(otherPort)).isEqualTo('?');
      assertThat(client.getInputStream().available()).isZero();
      signal("CONT");
      assertThat(client.getInputStream().read()).isEqualTo('b');
      assertThat(late.getInputStream().read()).isEqualTo('c');
    }
  }

  @Test
  void a_suspended_client_delays_only_its_own_backend_and_no_byte_is_lost() throws Exception {
    CRC32 sent = new CRC32();
    AtomicLong written = new AtomicLong();
    try (TestBackend backend = TestBackend.of(connection -> serve(connection, written, sent))) {
      // Given
      relay.serve(backend);
      process =
          start(
              ImageFlags.java(
                  DigestClient.class, relay.address.getHostAddress(), String.valueOf(relay.port)));
      await().until(() -> written.get() > 0);

      // When
      signal("STOP");

      // Then
      awaitStandstill(written);
      assertThat(requestByte()).isEqualTo('!');
      enough.set(true);
      signal("CONT");
      assertThat(output().readLine()).isEqualTo(String.valueOf(sent.getValue()));
    }
  }

  private char requestByte() throws IOException {
    Socket client = relay.connect();
    client.getOutputStream().write('.');
    return (char) client.getInputStream().read();
  }

  /** Writes until it is {@link #enough}, or answers a short request. */
  private void serve(Socket connection, AtomicLong written, CRC32 sum) throws IOException {
    OutputStream out = connection.getOutputStream();
    switch (connection.getInputStream().read()) {
      case '?' -> {
        Random random = new Random(1);
        byte[] piece = new byte[64 * 1024];
        while (!enough.get()) {
          random.nextBytes(piece);
          sum.update(piece);
          out.write(piece);
          written.addAndGet(piece.length);
        }
      }
      case '.' -> out.write('!');
      default -> {
        // A check.
      }
    }
  }

  private static void awaitStandstill(AtomicLong written) {
    long[] last = {0};
    await()
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              long before = last[0];
              last[0] = written.get();
              return last[0] == before;
            });
  }

  private static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private BufferedReader output() {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  private void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
    assertThat(kill.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }
}
