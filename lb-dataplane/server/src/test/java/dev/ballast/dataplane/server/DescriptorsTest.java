package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The relay in a process of its own, whose descriptors and memory can be counted and limited. */
@Isolated("opens thousands of connections")
class DescriptorsTest {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /** Three descriptors each in this process, two in the relay's; limits of 20,000 are common. */
  private static final int WAVE = 3_400;

  @TempDir private Path folder;
  private final ServerSocket backend = listen();
  private final int port = freePort();
  private Process relay;

  @BeforeEach
  void serve() {
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = backend.accept();
        Thread.ofVirtual().start(() -> echo(connection));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private static void echo(Socket connection) {
    try (connection) {
      connection.getInputStream().transferTo(connection.getOutputStream());
    } catch (IOException e) {
      // Reset, as half of them are.
    }
  }

  @AfterEach
  void end() throws Exception {
    backend.close();
    relay.destroy();
    if (!relay.waitFor(5, TimeUnit.SECONDS)) {
      relay.destroyForcibly();
    }
  }

  @Test
  void ten_thousand_connections_that_are_dropped_leave_nothing() throws Exception {
    // Given
    start("exec");
    long descriptors = descriptors();
    wave();
    awaitDescriptors(descriptors);
    long memory = memory();

    // When
    wave();
    wave();

    // Then
    awaitDescriptors(descriptors);
    assertThat(memory()).isLessThan(memory + 24_000_000);
    assertThat(ask()).isEqualTo('?');
  }

  @Test
  void without_a_descriptor_to_spare_the_relay_goes_on_with_what_it_has() throws Exception {
    // Given: descriptors for some eighty connections
    start("ulimit -n 256; exec");
    long descriptors = descriptors();
    List<Socket> crowd = new ArrayList<>();
    Socket first = connect();
    first.getOutputStream().write('a');
    assertThat(first.getInputStream().read()).isEqualTo('a');

    // When
    for (int i = 0; i < 300; i++) {
      try {
        crowd.add(connect());
      } catch (SocketException e) {
        // One for whom there was no descriptor to reach the backend by: reset.
      }
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> descriptors() >= 250);

    // Then
    first.getOutputStream().write('b');
    assertThat(first.getInputStream().read()).isEqualTo('b');
    first.close();
    for (Socket each : crowd) {
      each.close();
    }
    awaitDescriptors(descriptors);
    assertThat(ask()).isEqualTo('?');
  }

  /** Opens them all, then drops every second one by RST and the others by FIN. */
  private void wave() throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < WAVE; i++) {
      open.add(connect());
    }
    for (int i = 0; i < WAVE; i++) {
      open.get(i).getOutputStream().write(i);
    }
    for (int i = 0; i < WAVE; i++) {
      open.get(i).setSoLinger(i % 2 == 0, 0);
      open.get(i).close();
    }
  }

  /** A check of the backend may be under way, so a few more or less are none that leaked. */
  private void awaitDescriptors(long before) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(descriptors()).isBetween(before - 40, before + 2));
  }

  private void start(String how) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        how
            + " \"$0\" -XX:+UseSerialGC -Xms24m -Xmx128m -XX:TieredStopAtLevel=1"
            + " --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
            + " -cp \"$1\" dev.ballast.dataplane.server.RelayAlone \"$2\" \"$3\"";
    relay =
        new ProcessBuilder(
                "sh",
                "-c",
                command,
                java,
                System.getProperty("java.class.path"),
                String.valueOf(port),
                String.valueOf(backend.getLocalPort()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(ask()).isEqualTo('?'));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(10_000);
    socket.connect(new InetSocketAddress(LOOPBACK, port), 10_000);
    return socket;
  }

  private int ask() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write('?');
      return client.getInputStream().read();
    }
  }

  private long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + relay.pid() + "/fd"))) {
      return open.count();
    }
  }

  /** In bytes. */
  private long memory() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + relay.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 4096, LOOPBACK);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = listen()) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
