package dev.ballast.dataplane.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The relay in a process of its own, whose descriptors and memory can be counted and limited. */
@Tag("feature:faults")
@Isolated("opens thousands of connections")
class FileDescriptorLimitTest {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /** Descriptors that are open before. */
  private static final int OTHERS = 150;

  @TempDir private Path folder;
  private final int port = freePort();
  private Process backend;
  private int backendPort;
  private Process relay;

  @BeforeEach
  void serve() throws IOException {
    backend =
        new ProcessBuilder(ImageFlags.java(EchoBackend.class))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    backendPort = Integer.parseInt(backend.inputReader(UTF_8).readLine());
  }

  @AfterEach
  void end() throws Exception {
    backend.destroyForcibly();
    if (relay == null) {
      return; // what the test needs is not here
    }
    relay.destroy();
    if (!relay.waitFor(5, TimeUnit.SECONDS)) {
      relay.destroyForcibly();
    }
  }

  @Test
  void ten_thousand_dropped_connections_leave_no_descriptor() throws Exception {
    // Given
    start("exec");
    long descriptors = descriptors();
    // Two descriptors each in the relay's process; limits of 20,000 are common.
    int many = (int) Math.min(10_000, (descriptorLimit() - OTHERS) / 2);
    wave(many);
    awaitDescriptors(descriptors);
    long memory = memory();

    // When
    wave(many);

    // Then
    awaitDescriptors(descriptors);
    assertThat(memory()).isLessThan(memory + 24_000_000);
    assertThat(ask()).isEqualTo('?');
  }

  @Test
  void without_free_descriptors_the_relay_continues_with_open_connections() throws Exception {
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
        // Reset, since no descriptor was left to connect to the backend.
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
    // Connections that waited for accept are accepted now, although their clients are gone.
    await().ignoreExceptions().untilAsserted(() -> assertThat(ask()).isEqualTo('?'));
  }

  @Test
  void after_a_lowered_limit_is_raised_no_connection_waits() throws Exception {
    // Given: descriptors for ten connections more
    start("exec");
    long descriptors = descriptors();
    limitDescriptors(String.valueOf(descriptors + 20));
    List<Socket> crowd = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      try {
        Socket one = connect();
        one.getOutputStream().write('?');
        crowd.add(one);
      } catch (SocketException e) {
        // As above.
      }
    }

    // When
    limitDescriptors("4096");

    // Then: each is answered or was reset, and none hangs
    int answered = 0;
    for (Socket each : crowd) {
      try (each) {
        answered += each.getInputStream().read() == '?' ? 1 : 0;
      } catch (SocketException e) {
        // Reset, since no descriptor was left to connect to the backend.
      }
    }
    assertThat(answered).isGreaterThanOrEqualTo(8);
    awaitDescriptors(descriptors);
    assertThat(ask()).isEqualTo('?');
  }

  /** Injects errors into some system calls of each thread. Both event loops have connections. */
  @ParameterizedTest
  @CsvSource({"ENFILE, ENFILE, EADDRNOTAVAIL", "ENOMEM, ENOMEM, ENOBUFS"})
  void a_failed_system_call_costs_one_connection_at_most(
      String accept, String socket, String connect) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "no strace");
    // Given
    start(
        "exec strace -D -f --seccomp-bpf -qqq -o /dev/null -e trace=accept4,socket,connect"
            + (" -e inject=accept4:error=" + accept + ":when=2..3")
            + (" -e inject=socket:error=" + socket + ":when=16+5")
            + (" -e inject=connect:error=" + connect + ":when=8+5"));
    long descriptors = descriptors();

    // When
    int answered = 0;
    int reset = 0;
    for (int i = 0; i < 60; i++) {
      try {
        answered += ask() == '?' ? 1 : 0;
      } catch (SocketException e) {
        reset++; // there is only one backend, and no socket to connect to it
      }
    }

    // Then
    assertThat(reset).as("faults").isPositive();
    assertThat(answered).isGreaterThan(20).isEqualTo(60 - reset);
    awaitDescriptors(descriptors);
  }

  private void limitDescriptors(String most) throws Exception {
    Process limit =
        new ProcessBuilder(
                "prlimit", "--pid", String.valueOf(relay.pid()), "--nofile=" + most + ":")
            .start();
    assertThat(limit.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(limit.exitValue()).isZero();
  }

  /** Opens them all, then drops every second one by RST and the others by FIN. */
  private void wave(int many) throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      open.add(connect());
    }
    for (int i = 0; i < many; i++) {
      open.get(i).getOutputStream().write(i);
    }
    for (int i = 0; i < many; i++) {
      open.get(i).setSoLinger(i % 2 == 0, 0);
      open.get(i).close();
    }
  }

  /** A health check may be running, so that a few more or less are not a leak. */
  private void awaitDescriptors(long before) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(descriptors()).isBetween(before - 40, before + 2));
  }

  private void start(String how) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", how + " \"$0\" \"$@\""));
    command.addAll(
        ImageFlags.java(StandaloneRelay.class, String.valueOf(port), String.valueOf(backendPort)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    relay = builder.start();
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

  private long descriptorLimit() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + relay.pid() + "/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .mapToLong(line -> Long.parseLong(line.split(" +", -1)[3]))
        .findFirst()
        .orElseThrow();
  }

  /** In bytes. */
  private long memory() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + relay.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
