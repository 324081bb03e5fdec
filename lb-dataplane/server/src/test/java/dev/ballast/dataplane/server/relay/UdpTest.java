package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** UDP datagrams in both directions, and UDP listeners. */
@Tag("feature:protocols")
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class UdpTest {

  private static final int SOON_MILLIS = 300;

  private final RelayFixture relay;
  private UdpBackend one;
  private UdpBackend two;

  UdpTest(TestedEngine by) {
    relay = by.relay();
  }

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
  void replies_have_the_address_of_the_service_as_their_source() throws Exception {
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
  void ipv6_is_supported() throws Exception {
    // Given
    try (UdpBackend backend = UdpBackend.ipv6("6")) {
      relay.apply(
          new VirtualServer(
              RelayFixture.WEB,
              1,
              List.of(relay.ipv6Address),
              List.of(udp(backend.endpoint(RelayFixture.READY))),
              RelayFixture.POLICY,
              RelayFixture.LOCALITY));

      // When
      InetAddress loopback = InetAddress.ofLiteral("::1");
      try (UdpClient client = new UdpClient(loopback, relay.ipv6Address, relay.port)) {
        assertThat(client.ask("hello")).isEqualTo("6hello");
        assertThat(client.ask(new byte[4000], 5000)).hasSize(4001);
        assertThat(client.ask(new byte[60_000], 5000)).hasSize(60_001);
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
    // Given: a client that is not connected, because Java sends no empty datagram when it is
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
  void many_clients_are_distributed_and_each_gets_its_own_answers() throws Exception {
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
  void datagrams_of_a_denied_client_are_dropped_also_within_a_flow() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient friend = UdpClient.of(relay, "127.0.1.1");
        UdpClient denied = UdpClient.of(relay, "127.0.2.1")) {
      assertThat(denied.ask("?")).isEqualTo("1?");
      assertThat(friend.ask("?")).isEqualTo("1?");

      // When
      serve(TestPolicies.sources("127.0.1.0/24"), one.endpoint(RelayFixture.READY));

      // Then
      assertThat(denied.ask("?", SOON_MILLIS)).isEqualTo(UdpClient.NO_ANSWER);
      assertThat(friend.ask("?")).isEqualTo("1?");
      assertThat(one.received()).isEqualTo(3);
      assertThat(one.sources()).isEqualTo(2);
      assertThat(relay.metric("ballast.connections.denied", "protocol", "UDP")).isEqualTo(1);

      // And when all clients are allowed again
      serve(TestPolicies.sources("0.0.0.0/1", "128.0.0.0/1"), one.endpoint(RelayFixture.READY));
      assertThat(denied.ask("?")).isEqualTo("1?");
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
