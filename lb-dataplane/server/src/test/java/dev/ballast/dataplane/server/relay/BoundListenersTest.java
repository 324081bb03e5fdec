package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners that are bound to the addresses and ports of Services, and other users of a port. */
class BoundListenersTest {

  /** Longer than the relay waits before it retries a listener. */
  private static final Duration SEVERAL_RETRIES = Duration.ofMillis(2500);

  private final RecordingSteering steering = new RecordingSteering(SteeringMode.BIND);
  private final int reservedPort = RelayFixture.freePort();
  private final RelayFixture relay =
      new RelayFixture(
          TestedEngine.EPOLL,
          steering,
          new RelaySettings(Set.of(reservedPort), NodeBudget.unlimited()));
  private TestBackend backend;

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
  void a_port_of_another_process_is_never_taken_because_that_process_may_restart()
      throws Exception {
    // Given
    try (ServerSocket foreign = listen(new InetSocketAddress(relay.port), false)) {
      relay.serve(backend);
      assertThat(relay.listenState())
          .isInstanceOfSatisfying(
              ListenerState.ListenFailed.class,
              failed -> {
                assertThat(failed.reason()).hasToString("PortInUse");
                assertThat(failed.message())
                    .contains("Another process", relay.address.getHostAddress() + ":" + relay.port);
              });
    }

    // When
    relay.serve(TestPolicies.sources("127.0.0.0/8"), backend);

    // Then
    await()
        .during(SEVERAL_RETRIES)
        .until(() -> relay.listenState() instanceof ListenerState.ListenFailed);
    listen(new InetSocketAddress(relay.port), false).close();
    assertThat(steering.changes()).isEmpty();

    // And when the Service has lost the port and gets it again
    relay.apply();
    relay.serve(backend);
    assertThat(relay.ask(relay.port)).isEqualTo('a');
  }

  @Test
  void a_udp_port_of_another_process_is_never_taken_either() throws Exception {
    try (UdpBackend udp = UdpBackend.named("1")) {
      Frontend frontend = UdpTest.udp(relay.port, udp.endpoint(RelayFixture.READY));
      // Given
      try (DatagramSocket foreign = new DatagramSocket(new InetSocketAddress(relay.port))) {
        relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend));
        assertThat(reason()).isEqualTo("PortInUse");
      }

      // When
      relay.relay.onChange(services -> {});

      // Then
      await().during(SEVERAL_RETRIES).until(() -> reason().equals("PortInUse"));
    }
  }

  @Test
  void a_reserved_port_is_not_taken() throws Exception {
    // When
    relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(reservedPort)));

    // Then
    assertThat(reason()).isEqualTo("PortReserved");
    listen(new InetSocketAddress(reservedPort), false).close();
    assertThat(steering.changes()).isEmpty();
  }

  @Test
  void the_steering_knows_a_frontend_while_its_sockets_listen() throws Exception {
    // Given
    Binding binding = new Binding(relay.address, relay.port, Protocol.TCP);
    relay.serve(backend);
    relay.serve(RelayFixture.POLICY, List.of(backend.endpoint(RelayFixture.NOT_READY)));

    // When
    relay.apply();

    // Then
    assertThat(steering.changes())
        .containsExactly(
            new FrontendChanges(Map.of(binding, FrontendVerdict.ACCEPT), Set.of()),
            new FrontendChanges(Map.of(binding, FrontendVerdict.ACCEPT_ESTABLISHED), Set.of()),
            new FrontendChanges(Map.of(), Set.of(binding)));
  }

  @Test
  void the_other_ports_work_when_one_is_in_use() throws Exception {
    int free = RelayFixture.freePort();
    try (ServerSocket foreign = listen(new InetSocketAddress(relay.address, relay.port), false)) {
      // When
      relay.apply(
          relay.server(
              RelayFixture.WEB, RelayFixture.POLICY, frontend(relay.port), frontend(free)));

      // Then
      assertThat(relay.running().frontends())
          .extracting(running -> running.state() instanceof ListenerState.Listening)
          .containsExactly(false, true);
      assertThat(relay.ask(free)).isEqualTo('a');
    }
  }

  @Test
  void a_port_is_not_shared_with_a_process_that_would_share_it() throws Exception {
    try (ServerSocket foreign = listen(new InetSocketAddress(relay.address, relay.port), true)) {
      // When
      relay.serve(backend);

      // Then
      assertThat(relay.listenState())
          .isInstanceOfSatisfying(
              ListenerState.ListenFailed.class,
              failed -> assertThat(failed.reason()).hasToString("PortInUse"));
    }
  }

  @Test
  void no_process_can_bind_the_port_later() throws Exception {
    // Given
    relay.serve(backend);

    // Then
    assertThatThrownBy(() -> listen(new InetSocketAddress(relay.address, relay.port), false))
        .isInstanceOf(BindException.class);
    assertThatThrownBy(() -> listen(new InetSocketAddress(relay.port), true))
        .isInstanceOf(BindException.class);

    // Nor while it has no endpoint
    relay.serve(RelayFixture.POLICY, List.of(backend.endpoint(RelayFixture.NOT_READY)));
    assertThatThrownBy(() -> listen(new InetSocketAddress(relay.port), true))
        .isInstanceOf(BindException.class);
  }

  @Test
  void every_event_loop_has_its_own_listening_socket() throws Exception {
    // When
    relay.serve(backend);

    // Then
    String hexPort = String.format(":%04X", relay.port);
    try (Stream<String> sockets = Files.lines(Path.of("/proc/net/tcp"))) {
      assertThat(
              sockets
                  .map(line -> line.trim().split(" +"))
                  .filter(fields -> fields[1].endsWith(hexPort) && fields[3].equals("0A")))
          .hasSize(2);
    }
  }

  private String reason() {
    return relay.listenState() instanceof ListenerState.ListenFailed failed
        ? failed.reason().toString()
        : "";
  }

  private Frontend frontend(int port) {
    return RelayFixture.frontend(port, List.of(backend.endpoint(RelayFixture.READY)));
  }

  private static ServerSocket listen(InetSocketAddress at, boolean share) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setOption(StandardSocketOptions.SO_REUSEPORT, share);
      socket.bind(at);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
