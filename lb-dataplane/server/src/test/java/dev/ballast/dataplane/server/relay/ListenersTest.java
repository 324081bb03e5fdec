package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which ports are listened on, by whom, and what happens to connections when that changes. */
class ListenersTest {

  private static final ServiceId OTHER = new ServiceId("default", "other");

  private final Rig rig = new Rig();
  private TestBackend backend;

  @BeforeEach
  void open() throws IOException {
    backend = TestBackend.named('a');
  }

  @AfterEach
  void close() {
    rig.close();
    backend.close();
  }

  @Test
  void a_port_that_another_process_has_is_in_use_until_it_lets_go() throws Exception {
    AtomicInteger changes = new AtomicInteger();
    rig.relay.onChange(services -> changes.incrementAndGet());
    try (ServerSocket foreign = listen(new InetSocketAddress(rig.port), false)) {
      // When
      rig.serve(backend);

      // Then
      assertThat(rig.listenState())
          .isInstanceOfSatisfying(
              ListenState.Failed.class,
              failed -> {
                assertThat(failed.reason()).isEqualTo("PortInUse");
                assertThat(failed.message())
                    .contains("Another process", rig.address.getHostAddress() + ":" + rig.port);
              });
    }
    int changesBefore = changes.get();
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> rig.listenState() instanceof ListenState.Listening);
    assertThat(changes.get()).isGreaterThan(changesBefore);
    assertThat(rig.ask(rig.port)).isEqualTo('a');
  }

  @Test
  void the_other_ports_work_when_one_is_in_use() throws Exception {
    int free = Rig.freePort();
    try (ServerSocket foreign = listen(new InetSocketAddress(rig.address, rig.port), false)) {
      // When
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, frontend(rig.port), frontend(free)));

      // Then
      assertThat(rig.running().frontends())
          .extracting(running -> running.state() instanceof ListenState.Listening)
          .containsExactly(false, true);
      assertThat(rig.ask(free)).isEqualTo('a');
    }
  }

  @Test
  void a_port_is_not_shared_with_a_process_that_would_share_it() throws Exception {
    try (ServerSocket foreign = listen(new InetSocketAddress(rig.address, rig.port), true)) {
      // When
      rig.serve(backend);

      // Then
      assertThat(rig.listenState())
          .isInstanceOfSatisfying(
              ListenState.Failed.class,
              failed -> assertThat(failed.reason()).isEqualTo("PortInUse"));
    }
  }

  @Test
  void nobody_can_take_the_port_later_on() throws Exception {
    // Given
    rig.serve(backend);

    // Then
    assertThatThrownBy(() -> listen(new InetSocketAddress(rig.address, rig.port), false))
        .isInstanceOf(BindException.class);
    assertThatThrownBy(() -> listen(new InetSocketAddress(rig.port), true))
        .isInstanceOf(BindException.class);

    // Nor while it has no endpoint
    rig.serve(Rig.POLICY, List.of(backend.endpoint(Rig.NOT_READY)));
    assertThatThrownBy(() -> listen(new InetSocketAddress(rig.port), true))
        .isInstanceOf(BindException.class);
  }

  @Test
  void every_event_loop_has_a_listener_of_its_own() throws Exception {
    // When
    rig.serve(backend);

    // Then
    String hexPort = String.format(":%04X", rig.port);
    try (Stream<String> sockets = Files.lines(Path.of("/proc/net/tcp"))) {
      assertThat(
              sockets
                  .map(line -> line.trim().split(" +"))
                  .filter(fields -> fields[1].endsWith(hexPort) && fields[3].equals("0A")))
          .hasSize(2);
    }
  }

  @Test
  void an_address_that_the_node_does_not_have_yet_can_be_listened_on() throws Exception {
    // Given
    InetAddress address = InetAddress.ofLiteral("192.0.2.77");

    // When
    rig.apply(
        new VirtualServer(
            Rig.WEB, 1, List.of(address), List.of(frontend(rig.port)), Rig.POLICY, Rig.HERE));

    // Then
    assertThat(rig.listenState()).isEqualTo(new ListenState.Listening());
  }

  @Test
  void ipv6_is_served_beside_ipv4() throws Exception {
    // Given
    InetAddress ipv6 = InetAddress.ofLiteral("::1");

    // When
    rig.apply(
        new VirtualServer(
            Rig.WEB,
            1,
            List.of(rig.address, ipv6),
            List.of(frontend(rig.port)),
            Rig.POLICY,
            Rig.HERE));

    // Then
    assertThat(rig.ask(rig.port)).isEqualTo('a');
    try (Socket client = new Socket(ipv6, rig.port)) {
      client.getOutputStream().write('?');
      assertThat(client.getInputStream().read()).isEqualTo('a');
    }
  }

  @Test
  void sctp_is_not_supported_and_says_so_while_tcp_on_the_same_port_works() throws Exception {
    // Given
    Frontend sctp =
        new Frontend("m3ua", rig.port, Protocol.SCTP, List.of(backend.endpoint(Rig.READY)));

    // When
    rig.apply(rig.server(Rig.WEB, Rig.POLICY, sctp, frontend(rig.port)));

    // Then
    assertThat(rig.listenState())
        .isInstanceOfSatisfying(
            ListenState.Failed.class,
            failed -> assertThat(failed.reason()).isEqualTo("ProtocolNotSupported"));
    assertThat(rig.ask(rig.port)).isEqualTo('a');
  }

  @Test
  void of_two_services_on_one_port_the_one_that_has_it_keeps_it() throws Exception {
    try (TestBackend others = TestBackend.named('o')) {
      // Given
      VirtualServer web = rig.server(Rig.WEB, Rig.POLICY, frontend(rig.port));
      VirtualServer other =
          rig.server(
              OTHER, Rig.POLICY, Rig.frontend(rig.port, List.of(others.endpoint(Rig.READY))));
      rig.apply(web);

      // When
      rig.apply(web, other);

      // Then
      assertThat(rig.ask(rig.port)).isEqualTo('a');
      assertThat(rig.relay.running().get(OTHER).frontends().getFirst().state())
          .isInstanceOfSatisfying(
              ListenState.Failed.class,
              failed -> assertThat(failed.message()).contains("Service default/web"));

      // And when the first one goes, its turn comes
      rig.apply(other);
      assertThat(rig.ask(rig.port)).isEqualTo('o');
    }
  }

  @Test
  void connections_live_through_other_ports_coming_and_going() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      rig.serve(manual);
      Socket client = rig.connect();
      Socket server = manual.take();
      Frontend kept = Rig.frontend(rig.port, List.of(manual.endpoint(Rig.READY)));
      int more = Rig.freePort();

      // When
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, frontend(more), kept));
      assertThat(rig.ask(more)).isEqualTo('a');
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, kept));

      // Then
      client.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      assertThatThrownBy(() -> rig.connect(more)).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void a_port_that_is_renumbered_ends_its_connections_and_no_others() throws Exception {
    try (TestBackend manual = TestBackend.manual();
        TestBackend echo = TestBackend.echo()) {
      // Given
      Frontend kept = Rig.frontend(rig.port, List.of(manual.endpoint(Rig.READY)));
      int before = Rig.freePort();
      int after = Rig.freePort();
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, kept, frontend(before, echo)));
      Socket stays = rig.connect();
      Socket server = manual.take();
      Socket ends = rig.connect(before);
      ends.getOutputStream().write('x');
      assertThat(ends.getInputStream().read()).isEqualTo('x');

      // When
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, frontend(after, echo), kept));

      // Then
      BytesTest.assertReset(ends);
      assertThatThrownBy(() -> rig.connect(before)).isInstanceOf(ConnectException.class);
      stays.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      Socket renumbered = rig.connect(after);
      renumbered.getOutputStream().write('y');
      assertThat(renumbered.getInputStream().read()).isEqualTo('y');
    }
  }

  @Test
  void a_port_that_gets_another_name_and_target_port_keeps_its_connections() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      rig.serve(manual);
      Socket client = rig.connect();
      Socket server = manual.take();

      // When
      Frontend renamed =
          new Frontend("renamed", rig.port, Protocol.TCP, List.of(backend.endpoint(Rig.READY)));
      rig.apply(rig.server(Rig.WEB, Rig.POLICY, renamed));

      // Then
      client.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      assertThat(rig.ask(rig.port)).isEqualTo('a');
    }
  }

  @Test
  void a_service_that_goes_takes_its_connections_metrics_and_port_with_it() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      rig.serve(manual);
      Socket client = rig.connect();
      Socket server = manual.take();
      assertThat(rig.metrics.getMeters()).isNotEmpty();

      // When
      rig.apply();

      // Then
      BytesTest.assertReset(client);
      BytesTest.assertReset(server);
      assertThat(rig.relay.running()).isEmpty();
      assertThat(rig.metrics.getMeters())
          .allMatch(meter -> meter.getId().getName().equals("ballast.relay.engine"));
      listen(new InetSocketAddress(rig.address, rig.port), false).close();
    }
  }

  @Test
  void draining_refuses_new_connections_and_waits_for_those_that_are_there() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      rig.serve(manual);
      Socket client = rig.connect();
      Socket server = manual.take();

      // When
      CompletableFuture<Void> drained =
          rig.relay.drain(Duration.ofSeconds(30)).toCompletableFuture();

      // Then
      await().untilAsserted(() -> assertThat(rig.relay.running()).isEmpty());
      assertThatThrownBy(rig::connect).isInstanceOf(ConnectException.class);
      server.getOutputStream().write('x');
      assertThat(client.getInputStream().read()).isEqualTo('x');
      assertThat(drained).isNotDone();
      client.close();
      server.close();
      drained.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void what_is_left_when_the_grace_is_over_is_reset() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      rig.serve(manual);
      Socket client = rig.connect();
      manual.take();

      // When
      rig.relay.drain(Duration.ofMillis(200)).toCompletableFuture().get(5, TimeUnit.SECONDS);

      // Then
      BytesTest.assertReset(client);
    }
  }

  @Test
  void a_thousand_connections_leave_no_descriptor_behind() throws Exception {
    // Given
    rig.serve(backend);
    rig.ask(rig.port);
    await().until(() -> rig.metric("ballast.connections.active") == 0);
    long before = descriptors();

    // When
    for (int i = 0; i < 1000; i++) {
      rig.ask(rig.port);
    }

    // Then
    await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before + 2));
    assertThat(rig.metric("ballast.connections")).isEqualTo(1001);
  }

  private Frontend frontend(int port) {
    return Rig.frontend(port, List.of(backend.endpoint(Rig.READY)));
  }

  private static Frontend frontend(int port, TestBackend at) {
    return Rig.frontend(port, List.of(at.endpoint(Rig.READY)));
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
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
