package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.VirtualServer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Datagrams there and back, and the ports that they come in at. */
@Tag("feature:protocols")
class UdpTest {

  private static final int SOON_MILLIS = 300;

  private final RelayFixture relay = new RelayFixture();
  private UdpBackend one;
  private UdpBackend two;

  @BeforeEach
  void open() throws Exception {
    one = UdpBackend.named("1");
    two = UdpBackend.named("2");
  }

  @AfterEach
  void close() {
    relay.close();
    one.close();
    two.close();
  }

  @Test
  void a_client_is_answered_from_the_address_that_it_asked() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {

      // When
      String answer = client.ask("hello");

      // Then
      assertThat(answer).isEqualTo("1hello");
      assertThat(relay.listenState()).isEqualTo(new ListenerState.Listening());
      assertThat(relay.metric("ballast.bytes", "direction", "in", "protocol", "UDP")).isEqualTo(5);
      assertThat(relay.metric("ballast.bytes", "direction", "out", "protocol", "UDP")).isEqualTo(6);
    }
  }

  @Test
  void ipv6_is_served_too() throws Exception {
    // Given
    InetAddress loopback = InetAddress.ofLiteral("::1");
    try (UdpBackend backend = UdpBackend.ipv6("6")) {
      relay.apply(
          new VirtualServer(
              RelayFixture.WEB,
              1,
              List.of(loopback),
              List.of(udp(backend.endpoint(RelayFixture.READY))),
              RelayFixture.POLICY,
              RelayFixture.HERE));

      // When
      try (UdpClient client = new UdpClient(loopback, loopback, relay.port)) {
        assertThat(client.ask("hello")).isEqualTo("6hello");
      }
    }
  }

  @Test
  void datagrams_of_every_size_arrive_complete() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      for (int size : new int[] {1, 1472, 1473, 9000, 65_506}) {
        // When
        byte[] answer = client.ask(new byte[size], 5000);

        // Then
        assertThat(answer).hasSize(size + 1);
      }
    }
  }

  @Test
  void empty_datagrams_arrive_in_both_directions() throws Exception {
    // Given: a client that is not connected, because Java sends nothing empty on one that is
    InetSocketAddress frontend = new InetSocketAddress(relay.address, relay.port);
    try (UdpBackend nameless = UdpBackend.named("");
        DatagramSocket client = new DatagramSocket()) {
      serve(nameless.endpoint(RelayFixture.READY));
      client.setSoTimeout(5000);

      // When
      client.send(new DatagramPacket(new byte[0], 0, frontend));

      // Then
      DatagramPacket answer = new DatagramPacket(new byte[1], 1);
      client.receive(answer);
      assertThat(answer.getLength()).isZero();
      assertThat(answer.getSocketAddress()).isEqualTo(frontend);
      assertThat(nameless.received()).isEqualTo(1);
    }
  }

  @Test
  void many_clients_are_spread_over_the_backends_and_get_their_own_answers() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY), two.endpoint(RelayFixture.READY));
    List<UdpClient> clients = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      clients.add(UdpClient.of(relay));
    }

    // When
    for (int i = 0; i < 100; i++) {
      clients.get(i).send(("from " + i).getBytes(StandardCharsets.UTF_8));
    }

    // Then
    for (int i = 0; i < 100; i++) {
      String answer = new String(clients.get(i).receive(5000), StandardCharsets.UTF_8);
      assertThat(answer.substring(1)).isEqualTo("from " + i);
      clients.get(i).close();
    }
    assertThat(one.received()).isEqualTo(50);
    assertThat(two.received()).isEqualTo(50);
  }

  @Test
  void a_burst_of_one_client_arrives_in_order() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      // When
      for (int i = 0; i < 100; i++) {
        client.send(String.valueOf(i).getBytes(StandardCharsets.UTF_8));
      }

      // Then
      for (int i = 0; i < 100; i++) {
        assertThat(new String(client.receive(5000), StandardCharsets.UTF_8)).isEqualTo("1" + i);
      }
    }
  }

  @Test
  void tcp_and_udp_share_a_port_number() throws Exception {
    try (TestBackend tcp = TestBackend.named('t')) {
      // When
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              udp(one.endpoint(RelayFixture.READY)),
              RelayFixture.frontend(relay.port, List.of(tcp.endpoint(RelayFixture.READY)))));

      // Then
      assertThat(relay.ask(relay.port)).isEqualTo('t');
      try (UdpClient client = UdpClient.of(relay)) {
        assertThat(client.ask("?")).isEqualTo("1?");
      }
      assertThat(relay.running().frontends())
          .allSatisfy(
              running -> assertThat(running.state()).isInstanceOf(ListenerState.Listening.class));
    }
  }

  @Test
  void a_port_of_another_process_is_in_use_until_that_process_releases_it() throws Exception {
    try (DatagramSocket foreign = new DatagramSocket(new InetSocketAddress(relay.port))) {
      // When
      serve(one.endpoint(RelayFixture.READY));

      // Then
      assertThat(relay.listenState())
          .isInstanceOfSatisfying(
              ListenerState.ListenFailed.class,
              failed -> assertThat(failed.reason()).hasToString("PortInUse"));
    }
    await().until(() -> relay.listenState() instanceof ListenerState.Listening);
    try (UdpClient client = UdpClient.of(relay)) {
      assertThat(client.ask("?")).isEqualTo("1?");
    }
  }

  @Test
  void a_change_of_source_ranges_drops_datagrams_of_an_open_flow() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient friend = UdpClient.of(relay, "127.0.1.1");
        UdpClient stranger = UdpClient.of(relay, "127.0.2.1")) {
      assertThat(stranger.ask("?")).isEqualTo("1?");
      assertThat(friend.ask("?")).isEqualTo("1?");

      // When
      serve(TestPolicies.sources("127.0.1.0/24"), one.endpoint(RelayFixture.READY));

      // Then
      assertThat(stranger.ask("?", SOON_MILLIS)).isEqualTo(UdpClient.SILENCE);
      assertThat(friend.ask("?")).isEqualTo("1?");
      assertThat(one.received()).isEqualTo(3);
      assertThat(one.sources()).isEqualTo(2);
      assertThat(relay.metric("ballast.denied", "protocol", "UDP")).isEqualTo(1);

      // And when everybody may come again
      serve(TestPolicies.sources("0.0.0.0/1", "128.0.0.0/1"), one.endpoint(RelayFixture.READY));
      assertThat(stranger.ask("?")).isEqualTo("1?");
    }
  }

  private void serve(Endpoint... endpoints) throws Exception {
    serve(RelayFixture.POLICY, endpoints);
  }

  private void serve(ConnectionPolicy policy, Endpoint... endpoints) throws Exception {
    relay.apply(relay.server(RelayFixture.WEB, policy, udp(endpoints)));
  }

  private Frontend udp(Endpoint... endpoints) {
    return udp(relay.port, endpoints);
  }

  static Frontend udp(int port, Endpoint... endpoints) {
    return new Frontend("udp-" + port, port, Protocol.UDP, List.of(endpoints));
  }
}
