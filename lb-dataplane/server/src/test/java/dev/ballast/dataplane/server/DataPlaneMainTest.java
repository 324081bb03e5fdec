package dev.ballast.dataplane.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import dev.ballast.dataplane.server.cluster.TestObjects;
import io.fabric8.kubernetes.client.dsl.Replaceable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole process, on loopback addresses, with a real API server and a real backend. */
@ExtendWith(TestApiServer.class)
class DataPlaneMainTest {

  private static final String ADDRESS = "127.18.100.7";

  @TempDir Path folder;
  private TestApiServer.Api api;
  private String namespace;
  private Process process;
  private ServerSocket backend;
  private int adminPort;
  private int port;

  @BeforeEach
  void start(TestApiServer.Api api) throws Exception {
    this.api = api;
    namespace = api.namespace();
    backend = new ServerSocket(0);
    Thread.ofVirtual().start(this::echo);
    adminPort = freePort();
    port = freePort();
    process = start(Map.of());
    await().atMost(ofSeconds(30)).until(() -> status("/readyz") == 200);
  }

  @AfterEach
  void stop() throws Exception {
    process.destroyForcibly().waitFor();
    backend.close();
    api.client().resources(LoadBalancer.class).inNamespace(namespace).delete();
    api.client().resources(Address.class).delete();
  }

  @Test
  void a_load_balancer_carries_bytes_once_it_is_reported() throws Exception {
    // Given
    createSlice();

    // When
    createLoadBalancer();

    // Then
    await().untilAsserted(() -> assertThat(reports()).hasSize(1));
    try (Socket client = new Socket(ADDRESS, port)) {
      assertThat(echoed(client, "hello")).isEqualTo("hello");
    }
  }

  @Test
  void udp_and_tcp_share_a_port_and_both_reject_clients_outside_the_source_ranges()
      throws Exception {
    // Given
    try (DatagramSocket udp = new DatagramSocket();
        DatagramSocket friend = new DatagramSocket(new InetSocketAddress("127.0.1.1", 0));
        DatagramSocket stranger = new DatagramSocket(new InetSocketAddress("127.0.2.1", 0))) {
      Thread.ofVirtual().start(() -> echo(udp));
      createSlice(
          "[{name: t, port: %d, protocol: TCP}, {name: u, port: %d, protocol: UDP}]"
              .formatted(backend.getLocalPort(), udp.getLocalPort()));

      // When
      createLoadBalancer(
          """
          sourceRanges: [127.0.1.0/24]
            frontends: [{name: t, port: %d, protocol: TCP}, {name: u, port: %d, protocol: UDP}]"""
              .formatted(port, port));

      // Then
      await().untilAsserted(() -> assertThat(reports()).hasSize(1));
      assertThat(reports().getFirst().frontends())
          .allSatisfy(frontend -> assertThat(frontend.listening()).isTrue());
      assertThat(echoed(friend, "hello")).isEqualTo("hello");
      assertThatThrownBy(() -> echoed(stranger, "hello"))
          .isInstanceOf(SocketTimeoutException.class);
      try (Socket client = new Socket()) {
        client.bind(new InetSocketAddress("127.0.1.1", 0));
        client.connect(new InetSocketAddress(ADDRESS, port));
        assertThat(echoed(client, "hello")).isEqualTo("hello");
      }
      try (Socket client = new Socket()) {
        client.bind(new InetSocketAddress("127.0.2.1", 0));
        client.connect(new InetSocketAddress(ADDRESS, port));
        assertThatThrownBy(() -> echoed(client, "hello")).isInstanceOf(SocketException.class);
      }
    }
  }

  @Test
  void a_deleted_load_balancer_is_closed() {
    // Given
    createSlice();
    createLoadBalancer();
    await().untilAsserted(() -> assertThat(reports()).hasSize(1));

    // When
    api.client().resources(LoadBalancer.class).inNamespace(namespace).delete();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> new Socket(ADDRESS, port).close())
                    .isInstanceOf(ConnectException.class));
  }

  @Test
  void sigterm_drains_connections_then_removes_the_report_and_exits_with_zero() throws Exception {
    // Given
    createSlice();
    createLoadBalancer();
    await().untilAsserted(() -> assertThat(reports()).hasSize(1));
    Socket client = new Socket(ADDRESS, port);
    assertThat(echoed(client, "before")).isEqualTo("before");

    // When
    process.destroy();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> new Socket(ADDRESS, port).close())
                    .isInstanceOf(ConnectException.class));
    assertThat(status("/readyz")).isEqualTo(503);
    assertThat(status("/livez")).isEqualTo(200);
    assertThat(echoed(client, "during")).isEqualTo("during");
    client.close();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(reports()).isEmpty();
    assertThat(output()).contains("msg=\"Shut down\"").doesNotContain("level=ERROR");
  }

  @Test
  void invalid_settings_are_logged_and_prevent_the_start() throws Exception {
    // Given
    Map<String, String> env = Map.of("BALLAST_ANNOUNCE", "loudly");

    // When
    Process wrong = start(env);

    // Then
    assertThat(wrong.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.exitValue()).isEqualTo(2);
    assertThat(output()).contains("Cannot start: BALLAST_ANNOUNCE=loudly is invalid");
  }

  @Test
  void an_admin_port_in_use_is_logged_and_prevents_the_start() throws Exception {
    // Given
    Map<String, String> env = Map.of("BALLAST_DRAIN_SECONDS", "1");

    // When
    Process second = start(env);

    // Then
    assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(output()).contains("BALLAST_ADMIN_PORT");
  }

  private Process start(Map<String, String> env) throws IOException {
    Path main = Path.of("target/classes");
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            // Before the logging configuration of the tests.
            "-cp",
            main + ":" + System.getProperty("java.class.path"),
            "-Dlogback.configurationFile=" + main.resolve("logback.xml"),
            "dev.ballast.dataplane.server.DataPlaneMain");
    builder.environment().keySet().removeIf(name -> name.startsWith("BALLAST_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG", api.kubeconfig().toString(),
                "BALLAST_NODE_NAME", "local",
                "BALLAST_MEMBERS", "static:local",
                "BALLAST_ANNOUNCE", "none",
                "BALLAST_ADMIN_HOST", "127.0.0.1",
                "BALLAST_ADMIN_PORT", String.valueOf(adminPort)));
    builder.environment().putAll(env);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private void createSlice() {
    createSlice("[{port: %d}]".formatted(backend.getLocalPort()));
  }

  private void createSlice(String ports) {
    api.client()
        .load(
            stream(
                """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: web-1
                  namespace: %s
                  labels: {kubernetes.io/service-name: web}
                addressType: IPv4
                ports: %s
                endpoints: [{addresses: [%s]}]
                """
                    .formatted(namespace, ports, ownAddress())))
        .create();
  }

  /** The API server rejects loopback addresses of endpoints. */
  private static String ownAddress() {
    try {
      Optional<InetAddress> own =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .filter(Inet4Address.class::isInstance)
              .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
              .findFirst();
      assumeTrue(own.isPresent(), "this machine has no IPv4 address but loopback");
      return own.orElseThrow().getHostAddress();
    } catch (SocketException e) {
      throw new AssertionError(e);
    }
  }

  private void createLoadBalancer() {
    createLoadBalancer("frontends: [{name: \"\", port: %d, protocol: TCP}]".formatted(port));
  }

  private void createLoadBalancer(String frontends) {
    api.client()
        .resource(TestObjects.address(ADDRESS, namespace, "web"))
        .createOr(Replaceable::update);
    api.client()
        .load(
            stream(
                """
                apiVersion: ballast.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: web, namespace: %s}
                spec:
                  addresses: [%s]
                  %s
                """
                    .formatted(namespace, ADDRESS, frontends)))
        .create();
  }

  private static InputStream stream(String yaml) {
    return new java.io.ByteArrayInputStream(yaml.getBytes(UTF_8));
  }

  private List<NodeReport> reports() {
    LoadBalancerStatus status =
        api.client()
            .resources(LoadBalancer.class)
            .inNamespace(namespace)
            .withName("web")
            .get()
            .getStatus();
    return status == null ? List.of() : status.nodes();
  }

  private void echo() {
    while (!backend.isClosed()) {
      try {
        Socket client = backend.accept();
        Thread.ofVirtual().start(() -> echo(client));
      } catch (IOException e) {
        return; // The test is over.
      }
    }
  }

  private static void echo(Socket client) {
    try (client) {
      client.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      return; // The test is over.
    }
  }

  private static String echoed(Socket client, String text) throws IOException {
    client.setSoTimeout(5_000);
    client.getOutputStream().write(text.getBytes(UTF_8));
    return new String(client.getInputStream().readNBytes(text.length()), UTF_8);
  }

  private static void echo(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
    try {
      while (true) {
        packet.setLength(1500);
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (IOException e) {
      return; // The test is over.
    }
  }

  private String echoed(DatagramSocket client, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    client.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(ADDRESS, port)));
    client.setSoTimeout(1_000);
    DatagramPacket answer = new DatagramPacket(new byte[1500], 1500);
    client.receive(answer);
    assertThat(answer.getSocketAddress()).isEqualTo(new InetSocketAddress(ADDRESS, port));
    return new String(answer.getData(), 0, answer.getLength(), UTF_8);
  }

  private int status(String path) {
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + adminPort + path).toURL().openConnection();
      connection.setReadTimeout(5_000);
      return connection.getResponseCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
