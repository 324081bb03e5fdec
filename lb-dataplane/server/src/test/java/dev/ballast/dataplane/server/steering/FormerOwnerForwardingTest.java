package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT_ESTABLISHED;
import static dev.ballast.dataplane.server.steering.MovedAddressNamespace.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An address moves from a node with connections to another one. */
@Tag("feature:faults")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class FormerOwnerForwardingTest {

  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final int TCP_PORT = 80;
  private static final int UDP_PORT = 53;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private MovedAddressNamespace network;
  private TransparentSockets newSockets;
  private Steering former;
  private Steering owner;

  @BeforeEach
  void start() throws Exception {
    network = new MovedAddressNamespace();
    newSockets = network.onOwner(TransparentSockets::new);
    former = Steering.nftables(SteeringSetting.BIND);
    network.onFormerOwner(() -> serve(former, ACCEPT));
    owner = Steering.nftables(SteeringSetting.TPROXY);
    network.onOwner(() -> serve(owner, ACCEPT));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    former.close();
    owner.close();
    newSockets.close();
    network.close();
  }

  private Steering serve(Steering steering, FrontendVerdict tcp) throws Exception {
    steering.start(newSockets.listeners());
    steering.activate();
    for (boolean ipv6 : new boolean[] {false, true}) {
      steering.addAddress(address(ipv6));
      setVerdict(steering, ipv6, tcp);
    }
    return steering;
  }

  private static void setVerdict(Steering steering, boolean ipv6, FrontendVerdict tcp)
      throws IOException {
    steering.apply(
        new FrontendChanges(
            Map.of(
                new Binding(address(ipv6), TCP_PORT, TCP),
                tcp,
                new Binding(address(ipv6), UDP_PORT, UDP),
                ACCEPT),
            Set.of()));
  }

  private <T extends AutoCloseable> T open(T made) {
    opened.add(made);
    return made;
  }

  /** A connection at the former owner. */
  private record MovedConnection(Socket client, Socket server) {

    void echo(int value) throws IOException {
      client.getOutputStream().write(value);
      assertThat(server.getInputStream().read()).isEqualTo(value);
      server.getOutputStream().write(value + 1);
      assertThat(client.getInputStream().read()).isEqualTo(value + 1);
    }

    FiveTuple flow() {
      return new FiveTuple(
          client.getLocalAddress(),
          client.getLocalPort(),
          new Binding(client.getInetAddress(), TCP_PORT, TCP));
    }
  }

  private MovedConnection connection(boolean ipv6) throws Exception {
    ServerSocket listener =
        network.onFormerOwner(() -> new ServerSocket(TCP_PORT, 5, address(ipv6)));
    Socket client = open(connect(ipv6, 0));
    Socket server = open(listener.accept());
    server.setSoTimeout(2000);
    listener.close();
    return new MovedConnection(client, server);
  }

  private Socket connect(boolean ipv6, int localPort) throws Exception {
    return network.onClient(
        () -> {
          var socket = new Socket();
          socket.setReuseAddress(true);
          socket.bind(new InetSocketAddress(localPort));
          socket.connect(new InetSocketAddress(address(ipv6), TCP_PORT), 500);
          socket.setSoTimeout(2000);
          return socket;
        });
  }

  private void move(boolean ipv6, List<FiveTuple> flows, Duration timeout) throws Exception {
    setVerdict(former, ipv6, ACCEPT_ESTABLISHED);
    assertThat(owner.forward(formerOwner(network, ipv6), flows, timeout)).isEqualTo(flows.size());
    network.move();
  }

  private static FormerOwner formerOwner(MovedAddressNamespace network, boolean ipv6)
      throws Exception {
    return new FormerOwner(MovedAddressNamespace.formerOwner(ipv6), network.interfaceOfOwner());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_connection_of_the_former_owner_goes_on_there_and_a_new_one_reaches_the_new_owner(
      boolean ipv6) throws Exception {
    // Given
    MovedConnection before = connection(ipv6);
    before.echo(1);

    // When
    move(ipv6, List.of(before.flow()), DRAIN);

    // Then
    before.echo(3);
    Socket after = open(connect(ipv6, 0));
    open(newSockets.accept(ipv6)::close);
    assertThat(after.isConnected()).isTrue();
    before.echo(5);
    int round = 200;
    long start = System.nanoTime();
    for (int i = 0; i < round; i++) {
      before.echo(7);
    }
    System.out.printf(
        "A round trip by way of the new owner takes %d us%n",
        TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start) / round);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_connection_that_is_not_in_the_list_is_reset(boolean ipv6) throws Exception {
    // Given
    MovedConnection listed = connection(ipv6);
    MovedConnection other = connection(ipv6);

    // When
    move(ipv6, List.of(listed.flow()), DRAIN);

    // Then
    other.client().getOutputStream().write(1);
    assertThatThrownBy(() -> other.client().getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    listed.echo(1);
  }

  @Test
  void a_new_connection_from_the_port_of_an_old_one_reaches_the_new_owner() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), DRAIN);
    before.client().setSoLinger(true, 0);
    int port = before.client().getLocalPort();
    before.client().close();

    // When
    Socket after = open(connect(false, port));

    // Then
    open(newSockets.accept(false)::close);
    assertThat(after.isConnected()).isTrue();
    after.getOutputStream().write(1);
    assertThat(network.runOnOwner("nft", "list", "ruleset")).doesNotContain(". tcp . 80 expires");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_udp_flow_goes_on_at_the_former_owner(boolean ipv6) throws Exception {
    // Given
    InetAddress address = address(ipv6);
    DatagramSocket server =
        open(
            network.onFormerOwner(
                () -> new DatagramSocket(new InetSocketAddress(address, UDP_PORT))));
    DatagramSocket client = open(network.onClient(() -> new DatagramSocket()));
    client.connect(address, UDP_PORT);
    server.setSoTimeout(2000);
    client.setSoTimeout(2000);
    exchange(client, server);
    var flow =
        new FiveTuple(
            client.getLocalAddress(), client.getLocalPort(), new Binding(address, UDP_PORT, UDP));

    // When
    move(ipv6, List.of(flow), DRAIN);

    // Then
    exchange(client, server);
    DatagramSocket other = open(network.onClient(() -> new DatagramSocket()));
    other.send(new DatagramPacket(new byte[1], 1, address, UDP_PORT));
    assertThat(newSockets.receive(ipv6).getAddress()).isEqualTo(address);
  }

  private static void exchange(DatagramSocket client, DatagramSocket server) throws IOException {
    client.send(new DatagramPacket(new byte[] {1}, 1));
    var question = new DatagramPacket(new byte[8], 8);
    server.receive(question);
    server.send(new DatagramPacket(new byte[] {2, 2}, 2, question.getSocketAddress()));
    var answer = new DatagramPacket(new byte[8], 8);
    client.receive(answer);
    assertThat(answer.getLength()).isEqualTo(2);
  }

  @Test
  void a_flow_ends_with_its_time_out() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), Duration.ofSeconds(1));
    before.echo(1);

    // When
    await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> !network.runOnOwner("nft", "list", "ruleset").contains("expires"));

    // Then
    before.client().getOutputStream().write(1);
    assertThatThrownBy(() -> before.client().getInputStream().read())
        .isInstanceOf(SocketException.class);
  }

  @Test
  void a_later_process_of_the_new_owner_keeps_the_flows() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), DRAIN);

    // When
    owner.deactivate();
    Steering later = Steering.nftables(SteeringSetting.TPROXY);
    network.onOwner(() -> serve(later, ACCEPT));
    owner.close();
    owner = later;

    // Then
    before.echo(1);
    assertThat(owner.forward(formerOwner(network, false), List.of(before.flow()), DRAIN)).isOne();
    before.echo(3);
  }

  @Test
  void a_later_process_of_the_new_owner_deletes_the_table_after_the_last_flow() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), Duration.ofSeconds(1));
    owner.deactivate();
    Steering later = Steering.nftables(SteeringSetting.TPROXY);
    network.onOwner(() -> serve(later, ACCEPT));
    owner.close();
    owner = later;
    assertThat(network.runOnOwner("nft", "list", "tables")).contains("ballast-former-c612d301");
    await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> !network.runOnOwner("nft", "list", "ruleset").contains("expires"));

    // When: the steering verifies its tables after a change of them, and once a minute.
    network.runOnOwner("nft", "flush", "chain", "inet", "ballast", "steer4");

    // Then
    await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> !network.runOnOwner("nft", "list", "tables").contains("ballast-former"));
  }

  @Test
  void when_there_are_too_many_flows_only_old_connections_suffer() throws Exception {
    // Given
    MovedConnection first = connection(false);
    List<FiveTuple> flows = new ArrayList<>(List.of(first.flow()));
    for (int i = 0; i < 70_000; i++) {
      flows.add(
          new FiveTuple(
              InetAddress.getByAddress(new byte[] {10, 1, (byte) (i >> 8), (byte) i}),
              1 + i / 65_536,
              new Binding(address(false), TCP_PORT, TCP)));
    }
    setVerdict(former, false, ACCEPT_ESTABLISHED);

    // When
    int forwarded = owner.forward(formerOwner(network, false), flows, DRAIN);

    // Then
    network.move();
    assertThat(forwarded).isBetween(60_000, 65_536);
    first.echo(1);
    Socket after = open(connect(false, 0));
    open(newSockets.accept(false)::close);
    assertThat(after.isConnected()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void until_the_list_comes_old_connections_go_on_and_new_ones_reach_the_new_owner(boolean ipv6)
      throws Exception {
    // Given
    MovedConnection before = connection(ipv6);
    MovedConnection idle = connection(ipv6);

    // When
    owner.awaitFlows(formerOwner(network, ipv6), Set.of(address(ipv6)), Duration.ofSeconds(2));
    network.move();

    // Then
    before.echo(1);
    Socket after = open(connect(ipv6, 0));
    LinuxSocket accepted = newSockets.accept(ipv6);
    open(accepted::close);
    after.getOutputStream().write(3);
    ByteBuffer read = ByteBuffer.allocateDirect(1);
    await().atMost(2, TimeUnit.SECONDS).until(() -> accepted.read(read, 0, 1) == 1);
    before.echo(5);
    await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> !network.runOnOwner("nft", "list", "ruleset").contains("expires"));
    idle.client().getOutputStream().write(1);
    assertThatThrownBy(() -> idle.client().getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void until_the_list_is_complete_datagrams_reach_the_former_owner(boolean ipv6) throws Exception {
    // Given
    InetAddress address = address(ipv6);
    DatagramSocket server =
        open(
            network.onFormerOwner(
                () -> new DatagramSocket(new InetSocketAddress(address, UDP_PORT))));
    server.setSoTimeout(2000);
    DatagramSocket client = open(network.onClient(() -> new DatagramSocket()));
    client.setSoTimeout(2000);
    client.connect(address, UDP_PORT);
    owner.awaitFlows(formerOwner(network, ipv6), Set.of(address), DRAIN);
    network.move();
    exchange(client, server);

    // When
    owner.flowsComplete(formerOwner(network, ipv6), address);

    // Then
    client.send(new DatagramPacket(new byte[1], 1));
    assertThat(newSockets.receive(ipv6).getAddress()).isEqualTo(address);
  }

  @Test
  void after_the_former_owner_has_released_the_address_nothing_is_passed_on() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), DRAIN);
    owner.awaitFlows(formerOwner(network, false), Set.of(address(false)), DRAIN);
    before.echo(1);

    // When
    owner.stopForwarding(MovedAddressNamespace.formerOwner(false), Set.of(address(false)));

    // Then
    assertThat(network.runOnOwner("nft", "list", "ruleset")).doesNotContain("expires");
    before.client().getOutputStream().write(1);
    assertThatThrownBy(() -> before.client().getInputStream().read())
        .isInstanceOf(SocketException.class);
  }

  @Test
  void closing_leaves_no_table() throws Exception {
    // Given
    MovedConnection before = connection(false);
    move(false, List.of(before.flow()), DRAIN);

    // When
    owner.close();

    // Then
    assertThat(network.runOnOwner("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  void a_packet_whose_ttl_is_over_is_not_passed_on() throws Exception {
    // Given
    MovedConnection connection = connection(false);
    move(false, List.of(connection.flow()), Duration.ofSeconds(30));
    connection.echo(1);

    // When
    network.onClient(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/ip_default_ttl"), "1"));

    // Then
    assertThatThrownBy(() -> connection.echo(3)).isInstanceOf(IOException.class);
  }
}
