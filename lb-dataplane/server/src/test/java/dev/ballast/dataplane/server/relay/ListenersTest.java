package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Which ports the relay listens on, and what happens to connections when that changes. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class ListenersTest {

  private static final ServiceKey OTHER = new ServiceKey("default", "other");

  private final RelayFixture relay;
  private TestBackend backend;

  ListenersTest(TestedEngine by) {
    relay = by.relay();
  }

  @BeforeEach
  void open() throws IOException {
    backend = TestBackend.named('a');
  }

  @AfterEach
  void close() {
    relay.close();
    backend.close();
  }

  @Test
  void a_listener_opens_on_an_address_that_the_node_does_not_have_yet() throws Exception {
    // Given
    InetAddress address = InetAddress.ofLiteral("192.0.2.77");

    // When
    relay.apply(
        new VirtualServer(
            RelayFixture.WEB,
            1,
            List.of(address),
            List.of(frontend(relay.port)),
            RelayFixture.POLICY,
            RelayFixture.LOCALITY));

    // Then
    assertThat(relay.listenState()).isEqualTo(new ListenerState.Listening());
  }

  @Test
  void ipv6_is_served_beside_ipv4() throws Exception {
    // When
    relay.apply(
        new VirtualServer(
            RelayFixture.WEB,
            1,
            List.of(relay.address, relay.ipv6Address),
            List.of(frontend(relay.port)),
            RelayFixture.POLICY,
            RelayFixture.LOCALITY));

    // Then
    assertThat(relay.ask(relay.port)).isEqualTo('a');
    try (Socket client = new Socket(relay.ipv6Address, relay.port)) {
      client.getOutputStream().write('?');
      assertThat(client.getInputStream().read()).isEqualTo('a');
    }
  }

  @Test
  void sctp_is_reported_as_not_supported_while_tcp_on_the_same_port_works() throws Exception {
    // Given
    Frontend sctp =
        new Frontend(
            "m3ua", relay.port, Protocol.SCTP, List.of(backend.endpoint(RelayFixture.READY)));

    // When
    relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, sctp, frontend(relay.port)));

    // Then
    assertThat(relay.listenState())
        .isInstanceOfSatisfying(
            ListenerState.ListenFailed.class,
            failed -> assertThat(failed.reason()).hasToString("ProtocolNotSupported"));
    assertThat(relay.ask(relay.port)).isEqualTo('a');
  }

  @Test
  void of_two_services_on_one_port_the_one_that_has_it_keeps_it() throws Exception {
    try (TestBackend others = TestBackend.named('o')) {
      // Given
      VirtualServer web = relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(relay.port));
      VirtualServer other =
          relay.server(
              OTHER,
              RelayFixture.POLICY,
              RelayFixture.frontend(relay.port, List.of(others.endpoint(RelayFixture.READY))));
      relay.apply(web);

      // When
      relay.apply(web, other);

      // Then
      assertThat(relay.ask(relay.port)).isEqualTo('a');
      assertThat(relay.relay.status().get(OTHER).frontends().getFirst().state())
          .isInstanceOfSatisfying(
              ListenerState.ListenFailed.class,
              failed -> assertThat(failed.message()).contains("Service default/web"));

      // And when the first one goes, its turn comes
      relay.apply(other);
      assertThat(relay.ask(relay.port)).isEqualTo('o');
    }
  }

  @Test
  void connections_survive_when_other_ports_are_added_and_removed() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket client = relay.connect();
      Socket server = manual.take();
      Frontend kept =
          RelayFixture.frontend(relay.port, List.of(manual.endpoint(RelayFixture.READY)));
      int more = RelayFixture.freePort();

      // When
      relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(more), kept));
      assertThat(relay.ask(more)).isEqualTo('a');
      relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, kept));

      // Then
      client.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      assertThatThrownBy(() -> relay.connect(more)).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void a_changed_port_number_resets_the_connections_of_that_port_only() throws Exception {
    try (TestBackend manual = TestBackend.manual();
        TestBackend echo = TestBackend.echo()) {
      // Given
      Frontend kept =
          RelayFixture.frontend(relay.port, List.of(manual.endpoint(RelayFixture.READY)));
      int before = RelayFixture.freePort();
      int after = RelayFixture.freePort();
      relay.apply(
          relay.server(RelayFixture.WEB, RelayFixture.POLICY, kept, frontend(before, echo)));
      Socket stays = relay.connect();
      Socket server = manual.take();
      Socket ends = relay.connect(before);
      ends.getOutputStream().write('x');
      assertThat(ends.getInputStream().read()).isEqualTo('x');

      // When
      relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(after, echo), kept));

      // Then
      ByteStreamTest.assertReset(ends);
      assertThatThrownBy(() -> relay.connect(before)).isInstanceOf(ConnectException.class);
      stays.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      Socket renumbered = relay.connect(after);
      renumbered.getOutputStream().write('y');
      assertThat(renumbered.getInputStream().read()).isEqualTo('y');
    }
  }

  @Test
  void a_port_keeps_its_connections_when_its_name_and_target_port_change() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket client = relay.connect();
      Socket server = manual.take();

      // When
      Frontend renamed =
          new Frontend(
              "renamed", relay.port, Protocol.TCP, List.of(backend.endpoint(RelayFixture.READY)));
      relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, renamed));

      // Then
      client.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      assertThat(relay.ask(relay.port)).isEqualTo('a');
    }
  }

  @Test
  void a_deleted_service_loses_its_connections_metrics_and_port() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket client = relay.connect();
      Socket server = manual.take();
      assertThat(relay.metrics.getMeters()).isNotEmpty();

      // When
      relay.apply();

      // Then
      ByteStreamTest.assertReset(client);
      ByteStreamTest.assertReset(server);
      assertThat(relay.relay.status()).isEmpty();
      assertThat(relay.metrics.getMeters())
          .allMatch(meter -> meter.getId().getTag("service") == null);
      listen(new InetSocketAddress(relay.address, relay.port)).close();
    }
  }

  @Test
  void a_thousand_connections_leak_no_file_descriptor() throws Exception {
    // Given
    relay.serve(backend);
    relay.ask(relay.port);
    await().until(() -> relay.metric("ballast.connections.active") == 0);
    long before = descriptors();

    // When
    for (int i = 0; i < 1000; i++) {
      relay.ask(relay.port);
    }

    // Then
    await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before + 2));
    assertThat(relay.metric("ballast.connections")).isEqualTo(1001);
  }

  private Frontend frontend(int port) {
    return RelayFixture.frontend(port, List.of(backend.endpoint(RelayFixture.READY)));
  }

  private static Frontend frontend(int port, TestBackend at) {
    return RelayFixture.frontend(port, List.of(at.endpoint(RelayFixture.READY)));
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private static ServerSocket listen(InetSocketAddress at) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.bind(at);
    return socket;
  }
}
