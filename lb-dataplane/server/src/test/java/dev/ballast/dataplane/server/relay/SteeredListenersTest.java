package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Frontends that have no socket: the kernel steers their packets to the private listeners. */
@Tag("feature:traffic")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class SteeredListenersTest {

  private static final int PORTS = 500;

  /** With a kernel that steers. */
  @Nested
  class InNamespace {

    private final Steering steering = Steering.nftables(SteeringSetting.TPROXY);
    private final RelayFixture relay = new RelayFixture(TestedEngine.STEERED, steering);
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
    void a_connection_to_an_address_that_is_not_served_is_reset() throws Exception {
      // Given
      relay.serve(backend);
      Binding unknown = new Binding(relay.address, RelayFixture.freePort(), Protocol.TCP);
      steering.apply(new FrontendChanges(Map.of(unknown, FrontendVerdict.ACCEPT), Set.of()));

      // When
      Throwable failure = ask(new InetSocketAddress(relay.address, unknown.port()));

      // Then
      assertThat(failure).hasMessageContaining("reset");
    }

    @Test
    void a_connection_to_the_private_listener_itself_is_reset() throws Exception {
      // Given
      relay.serve(backend);

      // When
      List<Throwable> failures = privateListeners().stream().map(InNamespace::ask).toList();

      // Then
      assertThat(failures)
          .hasSize(2)
          .allSatisfy(failure -> assertThat(failure).hasMessageContaining("reset"));
      assertThat(backend.served()).isZero();
    }

    /** What a client sees that connects and reads; null: an answer. */
    private static Throwable ask(InetSocketAddress at) {
      return catchThrowable(
          () -> {
            try (Socket client = new Socket()) {
              client.setSoTimeout(5000);
              client.connect(at, 5000);
              client.getInputStream().read();
            }
          });
    }

    private static List<InetSocketAddress> privateListeners() throws IOException {
      return List.of(
          listener(PrivateListeners.IPV4, "tcp", "0100427F:"),
          listener(PrivateListeners.IPV6, "tcp6", "00000000000000000000000001000000:"));
    }

    /** The listening socket of an address, which the kernel writes in its own way. */
    private static InetSocketAddress listener(String address, String protocol, String inKernel)
        throws IOException {
      try (Stream<String> sockets = Files.lines(Path.of("/proc/thread-self/net/" + protocol))) {
        String port =
            sockets
                .map(line -> line.trim().split(" +", -1))
                .filter(fields -> fields[1].startsWith(inKernel) && fields[3].equals("0A"))
                .map(fields -> fields[1].substring(inKernel.length()))
                .findFirst()
                .orElseThrow();
        return new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(port, 16));
      }
    }

    @Test
    void many_ports_need_no_more_sockets_than_one() throws Exception {
      // Given
      relay.serve(backend);
      long before = listeningSockets();

      // When
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              IntStream.range(0, PORTS)
                  .mapToObj(i -> frontend(20_000 + i))
                  .toArray(Frontend[]::new)));

      // Then
      assertThat(listeningSockets()).isEqualTo(before);
      for (int i = 0; i < PORTS; i++) {
        assertThat(relay.ask(20_000 + i)).isEqualTo('a');
      }
    }

    @Test
    void a_daemon_has_the_same_port_of_the_node_before_and_after() throws Exception {
      // Given
      try (ServerSocket daemon = new ServerSocket()) {
        daemon.setReuseAddress(true);
        daemon.bind(new InetSocketAddress(relay.port));
        relay.serve(backend);
        assertThat(relay.listenState()).isEqualTo(new ListenerState.Listening());
        assertThat(relay.ask(relay.port)).isEqualTo('a');
        new Socket(InetAddress.ofLiteral("127.0.0.1"), relay.port).close();
        assertThat(daemon.accept().getLocalAddress().getHostAddress()).isEqualTo("127.0.0.1");
      }
      try (TestBackend echo = TestBackend.echo()) {
        relay.serve(echo);
        Socket established = relay.connect();
        established.getOutputStream().write('x');
        assertThat(established.getInputStream().read()).isEqualTo('x');

        // When
        try (ServerSocket restarted = new ServerSocket()) {
          restarted.setReuseAddress(true);
          restarted.bind(new InetSocketAddress(relay.port));

          // Then
          established.getOutputStream().write('y');
          assertThat(established.getInputStream().read()).isEqualTo('y');
        }
      }
    }

    @Test
    void without_a_backend_new_connections_are_refused_and_open_ones_go_on() throws Exception {
      try (TestBackend echo = TestBackend.echo()) {
        // Given
        relay.serve(echo);
        Socket established = relay.connect();
        established.getOutputStream().write('x');
        assertThat(established.getInputStream().read()).isEqualTo('x');

        // When
        relay.serve(RelayFixture.POLICY, List.of(echo.endpoint(RelayFixture.NOT_READY)));

        // Then
        assertThatThrownBy(relay::connect).isInstanceOf(ConnectException.class);
        established.getOutputStream().write('y');
        assertThat(established.getInputStream().read()).isEqualTo('y');
      }
    }

    private Frontend frontend(int port) {
      return RelayFixture.frontend(port, List.of(backend.endpoint(RelayFixture.READY)));
    }

    private static long listeningSockets() throws IOException {
      try (Stream<String> sockets = Files.lines(Path.of("/proc/thread-self/net/tcp"))) {
        return sockets.filter(line -> line.trim().split(" +", -1)[3].equals("0A")).count();
      }
    }
  }

  /** What the steering is told, and what happens when it fails. */
  @Nested
  class Transactions {

    private final RecordingSteering steering = new RecordingSteering(SteeringMode.TPROXY);
    private final RelayFixture relay = new RelayFixture(TestedEngine.EPOLL, steering);
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
    void all_frontends_of_a_change_open_together_and_refuse_together_before_they_are_removed() throws Exception {
      // Given
      var accepting = new FrontendChanges(all(FrontendVerdict.ACCEPT), Set.of());

      // When
      relay.apply(
          relay.server(
              RelayFixture.WEB, RelayFixture.POLICY, frontend(1), frontend(2), frontend(3)));
      relay.apply();

      // Then
      assertThat(steering.changes())
          .startsWith(
              accepting, new FrontendChanges(all(FrontendVerdict.ACCEPT_ESTABLISHED), Set.of()));
      assertThat(steering.changes().subList(2, steering.changes().size()))
          .flatMap(FrontendChanges::removed)
          .containsExactlyInAnyOrderElementsOf(accepting.set().keySet());
    }

    @Test
    void draining_accepts_no_new_connections_and_removes_nothing() throws Exception {
      // Given
      relay.apply(
          relay.server(
              RelayFixture.WEB, RelayFixture.POLICY, frontend(1), frontend(2), frontend(3)));

      // When
      relay.relay.drain(Duration.ZERO).toCompletableFuture().join();

      // Then
      assertThat(steering.changes().getLast())
          .isEqualTo(new FrontendChanges(all(FrontendVerdict.ACCEPT_ESTABLISHED), Set.of()));
    }

    @Test
    void a_rejected_change_is_reported_and_retried() throws Exception {
      // Given
      steering.fail(true);

      // When
      relay.serve(backend);

      // Then
      assertThat(relay.listenState())
          .isInstanceOfSatisfying(
              ListenerState.ListenFailed.class,
              failed -> {
                assertThat(failed.reason()).hasToString("SteeringFailed");
                assertThat(failed.message()).contains("the kernel says no");
              });
      steering.fail(false);
      await().until(() -> relay.listenState() instanceof ListenerState.Listening);
      assertThat(steering.changes()).hasSize(1);
    }

    @Test
    void a_removal_that_is_rejected_is_retried() throws Exception {
      // Given
      relay.serve(backend);
      steering.fail(true);
      relay.apply();

      // When
      steering.fail(false);

      // Then
      Binding removed = new Binding(relay.address, relay.port, Protocol.TCP);
      await()
          .untilAsserted(
              () ->
                  assertThat(steering.changes().getLast())
                      .isEqualTo(new FrontendChanges(Map.of(), Set.of(removed))));
    }

    private Map<Binding, FrontendVerdict> all(FrontendVerdict verdict) {
      return Map.of(
          new Binding(relay.address, 1, Protocol.TCP), verdict,
          new Binding(relay.address, 2, Protocol.TCP), verdict,
          new Binding(relay.address, 3, Protocol.TCP), verdict);
    }

    private Frontend frontend(int port) {
      return RelayFixture.frontend(port, List.of(backend.endpoint(RelayFixture.READY)));
    }
  }
}
