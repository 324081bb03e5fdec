package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.CLIENT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.NODE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import io.netty.channel.epoll.LinuxSocket;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node whose heartbeats stop, and a client. */
@Tag("feature:faults")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class FencedSteeringTest {

  /** A tick of the kernel, and the time until a packet passes. */
  private static final Duration SLACK = Duration.ofMillis(30);

  private SteeringNamespace namespace;
  private TransparentSockets sockets;
  private Steering steering;
  private TestHeartbeats heartbeats;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    sockets = namespace.onNode(TransparentSockets::new);
    steering = Steering.nftables(SteeringSetting.TPROXY);
    serve();
    heartbeats = namespace.onNode(() -> new TestHeartbeats(steering.fencing(), NODE, CLIENT));
  }

  @AfterEach
  void stop() throws Exception {
    heartbeats.close();
    steering.close();
    sockets.close();
    namespace.close();
  }

  private void serve() throws Exception {
    namespace.onNode(() -> steering.start(sockets.listeners()));
    namespace.activate(steering);
    Map<Binding, FrontendVerdict> frontends = new HashMap<>();
    for (InetAddress address : List.of(ADDRESS, ADDRESS6)) {
      steering.addAddress(address);
      frontends.put(new Binding(address, 80, TCP), ACCEPT);
      frontends.put(new Binding(address, 53, UDP), ACCEPT);
    }
    steering.apply(new FrontendChanges(frontends, Set.of()));
  }

  private static InetAddress address(boolean ipv6) {
    return ipv6 ? ADDRESS6 : ADDRESS;
  }

  private ConnectSample sample(InetAddress address, int millis, int timeout) throws Exception {
    return ConnectSample.take(namespace, address, Duration.ofMillis(millis), timeout);
  }

  private boolean connects(InetAddress address) throws Exception {
    return namespace.onClient(
        () -> ConnectSample.connects(address, ConnectSample.IMPATIENT_MILLIS));
  }

  private void awaitSilence() {
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(2, TimeUnit.SECONDS)
        .until(() -> !connects(ADDRESS) && steering.fencing().isFenced());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void every_connection_succeeds_while_heartbeats_pass(boolean ipv6) throws Exception {
    // Given
    steering.setFencing(true);

    // When
    ConnectSample sample = sample(address(ipv6), 1500, ConnectSample.PATIENT_MILLIS);

    // Then
    assertThat(sample.connected()).isEqualTo(sample.attempts()).isGreaterThan(10);
    assertThat(steering.repairs()).isZero();
    assertThat(steering.fencing().lapses()).isZero();
  }

  @Test
  void a_heartbeat_from_another_port_does_not_end_the_silence() throws Exception {
    // Given
    steering.setFencing(true);
    heartbeats.pause();
    awaitSilence();

    // When
    try (var silent = namespace.onNode(() -> new DatagramSocket(new InetSocketAddress(NODE, 0)))) {
      silent.send(new DatagramPacket(new byte[1], 1, CLIENT, SelfFencing.DEFAULT_PEER_PORT));
    }

    // Then
    assertThat(connects(ADDRESS)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void no_connection_succeeds_after_the_time_out_until_heartbeats_come_back(boolean ipv6)
      throws Exception {
    // Given
    steering.setFencing(true);
    assertThat(connects(address(ipv6))).isTrue();

    // When
    long lastSent = heartbeats.pause();
    ConnectSample sample = sample(address(ipv6), 1500, ConnectSample.IMPATIENT_MILLIS);

    // Then
    System.out.printf(
        "The last connection began %d ms after the last heartbeat%n",
        TimeUnit.NANOSECONDS.toMillis(sample.lastConnected() - lastSent));
    assertThat(sample.connected()).isBetween(1, sample.attempts() - 1);
    assertThat(Duration.ofNanos(sample.lastConnected() - lastSent))
        .isLessThan(SelfFencing.TIMEOUT.plus(SLACK));
    assertThat(steering.fencing().isFenced()).isTrue();
    heartbeats.resume();
    assertThat(connects(address(ipv6))).isTrue();
    assertThat(steering.fencing().lapses()).isOne();
  }

  @Test
  void a_node_that_is_not_armed_needs_no_heartbeat() throws Exception {
    // Given
    steering.setFencing(true);
    heartbeats.pause();
    awaitSilence();

    // When
    steering.setFencing(false);

    // Then
    ConnectSample sample = sample(ADDRESS, 600, ConnectSample.PATIENT_MILLIS);
    assertThat(sample.connected()).isEqualTo(sample.attempts());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_established_connection_goes_on(boolean ipv6) throws Exception {
    // Given
    steering.setFencing(true);
    Socket client =
        namespace.onClient(
            () -> {
              var connecting = new Socket();
              connecting.connect(new InetSocketAddress(address(ipv6), 80), 1000);
              return connecting;
            });
    LinuxSocket accepted = sockets.accept(ipv6);

    // When
    heartbeats.pause();
    awaitSilence();

    // Then
    client.getOutputStream().write('x');
    TransparentSockets.write(accepted, "y");
    assertThat(client.getInputStream().read()).isEqualTo('y');
    client.close();
    accepted.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void datagrams_and_echo_requests_get_no_answer(boolean ipv6) throws Exception {
    // Given
    steering.setFencing(true);
    InetAddress address = address(ipv6);
    send(address);
    assertThat(sockets.receive(ipv6).getPort()).isEqualTo(53);
    assertThat(namespace.onClient(() -> address.isReachable(500))).isTrue();

    // When
    heartbeats.pause();
    awaitSilence();

    // Then
    assertThat(namespace.onClient(() -> address.isReachable(500))).isFalse();
    send(address);
    assertThatThrownBy(() -> sockets.receive(ipv6)).isInstanceOf(ConditionTimeoutException.class);
  }

  private void send(InetAddress address) throws Exception {
    try (DatagramSocket client = namespace.onClient(() -> new DatagramSocket())) {
      client.send(new DatagramPacket(new byte[1], 1, address, 53));
    }
  }

  @ParameterizedTest
  @CsvSource({"7478, 7477", "7477, 7478"})
  void only_a_heartbeat_refreshes(int from, int to) throws Exception {
    // Given
    steering.setFencing(true);
    heartbeats.close();

    // When
    try (DatagramSocket other =
        namespace.onNode(() -> new DatagramSocket(new InetSocketAddress(NODE, from)))) {
      other.connect(CLIENT, to);

      // Then
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(2, TimeUnit.SECONDS)
          .until(
              () -> {
                // Not through connect(), which the refusal of the client would end.
                other.disconnect();
                other.send(new DatagramPacket(new byte[1], 1, CLIENT, to));
                return !connects(ADDRESS);
              });
    }
  }

  @Test
  void in_mode_bind_a_socket_of_the_frontend_gets_no_connection_after_the_time_out()
      throws Exception {
    // Given
    steering.close();
    steering = Steering.nftables(SteeringSetting.BIND);
    serve();
    heartbeats.close();
    heartbeats = namespace.onNode(() -> new TestHeartbeats(steering.fencing(), NODE, CLIENT));
    steering.setFencing(true);
    try (ServerSocket bound = namespace.onNode(() -> new ServerSocket(80, 4000, ADDRESS))) {
      assertThat(connects(ADDRESS)).isTrue();

      // When
      heartbeats.pause();

      // Then
      awaitSilence();
      heartbeats.resume();
      assertThat(connects(ADDRESS)).isTrue();
      assertThat(bound.isBound()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flush ruleset",
        "flush chain inet ballast fence",
        "flush chain inet ballast output",
        "flush set inet ballast armed"
      })
  void what_another_program_deletes_is_restored_as_it_was(String command) throws Exception {
    // Given
    steering.setFencing(true);

    // When
    namespace.runOnNode("nft", command);

    // Then
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(1))
        .until(() -> steering.repairs() == 1);
    ConnectSample sample = sample(ADDRESS, 500, ConnectSample.PATIENT_MILLIS);
    assertThat(sample.connected()).isEqualTo(sample.attempts());
    heartbeats.pause();
    awaitSilence();
  }

  @Test
  void restoring_the_tables_does_not_end_the_silence() throws Exception {
    // Given
    steering.setFencing(true);
    heartbeats.pause();
    awaitSilence();

    // When
    namespace.runOnNode("nft", "flush ruleset");

    // Then
    await().atMost(Duration.ofSeconds(1)).until(() -> steering.repairs() == 1);
    assertThat(connects(ADDRESS)).isFalse();
  }

  @Test
  void restoring_the_tables_does_not_prolong_the_time_out() throws Exception {
    // Given
    steering.setFencing(true);

    // When
    long lastSent = heartbeats.pause();
    namespace.runOnNode("nft", "flush ruleset");
    ConnectSample sample = sample(ADDRESS, 1000, ConnectSample.IMPATIENT_MILLIS);

    // Then
    assertThat(steering.repairs()).isOne();
    assertThat(Duration.ofNanos(sample.lastConnected() - lastSent))
        .isLessThan(SelfFencing.TIMEOUT.plus(SLACK));
  }

  /** As kube-proxy with 10,000 Services. A transaction of ours would wait for its end. */
  @Test
  void transactions_of_another_program_do_not_delay_the_refresh() throws Exception {
    // Given
    steering.setFencing(true);
    StringBuilder rules = new StringBuilder("table ip kube {\n");
    for (int i = 0; i < 20_000; i++) {
      rules.append("chain c%d { ip daddr 10.0.0.1 tcp dport %d accept\n}\n".formatted(i, i + 1));
    }
    String text = rules.append("}\n").toString();

    // When
    CompletableFuture<Void> load =
        CompletableFuture.runAsync(() -> loadOnNode(text), Thread::startVirtualThread);
    int failed = 0;
    int attempts = 0;
    while (!load.isDone()) {
      ConnectSample sample = sample(ADDRESS, 100, ConnectSample.PATIENT_MILLIS);
      failed += sample.attempts() - sample.connected();
      attempts += sample.attempts();
    }

    // Then
    System.out.printf("%d connections during the transaction, %d failed%n", attempts, failed);
    load.join();
    assertThat(steering.fencing().lapses()).isZero();
    assertThat(failed).isZero();
  }

  private void loadOnNode(String rules) {
    try {
      namespace.loadOnNode(rules);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
