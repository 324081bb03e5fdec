package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT_ESTABLISHED;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.dataplane.core.plan.Binding;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets on a node with daemons and with NAT rules as kube-proxy makes them. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class SteeringTest {

  /** How long a client may wait for a refusal; a packet that is lost takes a second. */
  private static final int AT_ONCE_MILLIS = 500;

  /** hostPort 80 and NodePort 30080 of a Pod, which is the client's port 7777. */
  private static final String NAT =
      """
      table ip kube {
        chain services {
          tcp dport { 80, 30080 } dnat to 198.18.210.2:7777
        }
        chain prerouting {
          type nat hook prerouting priority dstnat;
          fib daddr type local jump services
        }
        chain output {
          type nat hook output priority -100;
          fib daddr type local jump services
        }
        chain input {
          type filter hook input priority filter;
          ct state established accept
        }
      }
      """;

  private static SteeringNamespace namespace;

  private TransparentSockets sockets;
  private Steering steering;
  private List<ServerSocket> daemons;

  @BeforeAll
  static void makeNamespace() throws Exception {
    namespace = new SteeringNamespace();
    namespace.loadOnNode(NAT);
    namespace.runOnNode("sysctl", "-qw", "net.ipv4.ip_forward=1");
    // The kernel limits how many ICMP errors a client gets, of all tests together.
    namespace.runOnNode("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0");
  }

  @BeforeEach
  void start() throws Exception {
    steering =
        namespace.onNode(
            () -> {
              sockets = new TransparentSockets();
              daemons = List.of(new ServerSocket(80), new ServerSocket(22));
              Steering started = Steering.nftables(SteeringSetting.AUTO);
              assertThat(started.start(sockets.listeners())).isEqualTo(SteeringMode.TPROXY);
              started.activate();
              return started;
            });
    steering.addAddress(ADDRESS);
    steering.addAddress(ADDRESS6);
  }

  @AfterEach
  void stop() throws IOException {
    steering.close();
    sockets.close();
    for (ServerSocket daemon : daemons) {
      daemon.close();
    }
  }

  @AfterAll
  static void removeNamespace() throws Exception {
    namespace.close();
  }

  private static InetAddress address(boolean ipv6) {
    return ipv6 ? ADDRESS6 : ADDRESS;
  }

  private void set(InetAddress address, int port, FrontendVerdict verdict) throws IOException {
    steering.apply(new FrontendChanges(Map.of(new Binding(address, port, TCP), verdict), Set.of()));
  }

  private static Socket connect(InetAddress address, int port) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, port), AT_ONCE_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static Socket connectFromClient(InetAddress address, int port) throws Exception {
    return namespace.onClient(() -> connect(address, port));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("feature:steering")
  void a_connection_to_a_frontend_reaches_the_private_listener_and_no_daemon(boolean ipv6)
      throws Exception {
    // Given
    set(address(ipv6), 80, ACCEPT);

    // When
    try (Socket client = connectFromClient(address(ipv6), 80)) {
      LinuxSocket accepted = sockets.accept(ipv6);

      // Then
      assertThat(accepted.localAddress()).isEqualTo(new InetSocketAddress(address(ipv6), 80));
      assertThat(accepted.remoteAddress().getPort()).isEqualTo(client.getLocalPort());
      accepted.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_process_of_the_node_reaches_the_frontend_as_well(boolean ipv6) throws Exception {
    // Given
    set(address(ipv6), 80, ACCEPT);

    // When
    try (Socket client = namespace.onNode(() -> connect(address(ipv6), 80))) {
      LinuxSocket accepted = sockets.accept(ipv6);

      // Then
      assertThat(accepted.localAddress()).isEqualTo(new InetSocketAddress(address(ipv6), 80));
      assertThat(client.getLocalAddress()).isNotEqualTo(address(ipv6));
      accepted.close();
    }
  }

  @Test
  void a_frontend_with_the_number_of_a_node_port_gets_its_own_connections() throws Exception {
    // Given
    set(ADDRESS, 30080, ACCEPT);

    // When
    try (Socket client = connectFromClient(ADDRESS, 30080)) {
      LinuxSocket accepted = sockets.accept(false);

      // Then
      assertThat(client.isConnected()).isTrue();
      assertThat(accepted.localAddress()).isEqualTo(new InetSocketAddress(ADDRESS, 30080));
      accepted.close();
    }
  }

  @Test
  void the_nat_rules_work_on_for_the_address_of_the_node() throws Exception {
    // Given
    set(ADDRESS, 30080, ACCEPT);
    ServerSocket pod = namespace.onClient(() -> new ServerSocket(7777));

    // When
    try (pod;
        Socket client = namespace.onNode(() -> connect(SteeringNamespace.NODE, 30080))) {
      // Then
      assertThat(pod.accept().getRemoteSocketAddress()).isNotNull();
      assertThat(client.isConnected()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {22, 80, 30080, 10250})
  void a_port_without_a_frontend_is_refused_at_once_whoever_listens(int port) throws Exception {
    // Given
    set(ADDRESS, 8080, ACCEPT);

    // When, then
    for (InetAddress address : List.of(ADDRESS, ADDRESS6)) {
      assertThatThrownBy(() -> connectFromClient(address, port))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("refused");
      assertThatThrownBy(() -> namespace.onNode(() -> connect(address, port)))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("refused");
    }
    try (Socket daemon = connectFromClient(SteeringNamespace.NODE, 22)) {
      assertThat(daemon.isConnected()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_datagram_reaches_the_private_socket_with_its_original_destination(boolean ipv6)
      throws Exception {
    // Given
    var frontend = new Binding(address(ipv6), 53, UDP);
    steering.apply(new FrontendChanges(Map.of(frontend, ACCEPT), Set.of()));

    // When
    try (DatagramSocket daemon = namespace.onNode(() -> new DatagramSocket(53));
        DatagramSocket client = namespace.onClient(() -> new DatagramSocket())) {
      client.send(datagram(address(ipv6), 53));

      // Then
      assertThat(daemon.isBound()).isTrue();
      assertThat(sockets.receive(ipv6)).isEqualTo(new InetSocketAddress(address(ipv6), 53));
    }
  }

  @Test
  void a_datagram_without_a_frontend_is_refused_although_a_daemon_has_the_port() throws Exception {
    // Given
    try (DatagramSocket daemon = namespace.onNode(() -> new DatagramSocket(53));
        DatagramSocket client = namespace.onClient(() -> new DatagramSocket())) {
      client.connect(ADDRESS, 53);
      client.setSoTimeout(1000);
      daemon.setSoTimeout(100);

      // When
      client.send(datagram(ADDRESS, 53));

      // Then
      assertThatThrownBy(() -> client.receive(datagram(ADDRESS, 53)))
          .isInstanceOf(PortUnreachableException.class);
      assertThatThrownBy(() -> daemon.receive(datagram(ADDRESS, 53)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static DatagramPacket datagram(InetAddress address, int port) {
    byte[] text = "question".getBytes(UTF_8);
    return new DatagramPacket(text, text.length, address, port);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_established_connection_goes_on_when_new_ones_are_refused(boolean ipv6) throws Exception {
    // Given
    set(address(ipv6), 80, ACCEPT);
    try (Socket client = connectFromClient(address(ipv6), 80)) {
      LinuxSocket accepted = sockets.accept(ipv6);

      // When
      set(address(ipv6), 80, ACCEPT_ESTABLISHED);

      // Then
      assertThatThrownBy(() -> connectFromClient(address(ipv6), 80))
          .isInstanceOf(ConnectException.class);
      client.getOutputStream().write('x');
      TransparentSockets.write(accepted, "y");
      assertThat(client.getInputStream().read()).isEqualTo('y');
      accepted.close();
    }
  }

  @Test
  void a_removed_frontend_is_refused_and_can_come_back() throws Exception {
    // Given
    set(ADDRESS, 80, ACCEPT);

    // When
    steering.apply(new FrontendChanges(Map.of(), Set.of(new Binding(ADDRESS, 80, TCP))));

    // Then
    assertThatThrownBy(() -> connectFromClient(ADDRESS, 80)).isInstanceOf(ConnectException.class);
    set(ADDRESS, 80, ACCEPT);
    try (Socket client = connectFromClient(ADDRESS, 80)) {
      assertThat(client.isConnected()).isTrue();
      sockets.accept(false).close();
    }
  }

  @Test
  void connection_tracking_knows_nothing_of_a_frontend() throws Exception {
    // Given
    set(ADDRESS, 80, ACCEPT);

    // When
    try (Socket remote = connectFromClient(ADDRESS, 80);
        Socket local = namespace.onNode(() -> connect(ADDRESS, 80));
        Socket other = connectFromClient(SteeringNamespace.NODE, 22)) {
      // Then
      assertThat(List.of(remote, local, other)).allMatch(Socket::isConnected);
      assertThat(namespace.runOnNode("cat", "/proc/net/nf_conntrack"))
          .contains("dst=" + SteeringNamespace.NODE.getHostAddress())
          .doesNotContain(ADDRESS.getHostAddress() + " ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_address_answers_echo_requests(boolean ipv6) throws Exception {
    // When
    boolean answered = namespace.onClient(() -> address(ipv6).isReachable(2000));

    // Then
    assertThat(answered).isTrue();
  }

  @Test
  void closing_leaves_no_table() throws Exception {
    // Given
    set(ADDRESS, 80, ACCEPT);

    // When
    steering.close();

    // Then
    assertThat(namespace.runOnNode("nft", "list", "tables")).isEqualTo("table ip kube\n");
  }

  @Test
  void in_mode_bind_a_socket_of_the_frontend_gets_its_connections_and_no_other_port_answers()
      throws Exception {
    // Given
    steering.close();
    Steering bind =
        namespace.onNode(
            () -> {
              Steering started = Steering.nftables(SteeringSetting.BIND);
              assertThat(started.start(sockets.listeners())).isEqualTo(SteeringMode.BIND);
              started.activate();
              return started;
            });
    bind.addAddress(ADDRESS);
    bind.apply(new FrontendChanges(Map.of(new Binding(ADDRESS, 30080, TCP), ACCEPT), Set.of()));

    // When
    try (ServerSocket bound = namespace.onNode(() -> new ServerSocket(30080, 5, ADDRESS));
        Socket client = connectFromClient(ADDRESS, 30080)) {
      // Then
      assertThat(bound.accept().getLocalAddress()).isEqualTo(ADDRESS);
      assertThat(client.isConnected()).isTrue();
      assertThatThrownBy(() -> connectFromClient(ADDRESS, 22)).isInstanceOf(ConnectException.class);
    } finally {
      bind.close();
    }
  }
}
