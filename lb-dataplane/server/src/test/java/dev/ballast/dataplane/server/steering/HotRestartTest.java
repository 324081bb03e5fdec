package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import io.netty.channel.epoll.LinuxSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A second process of the node takes over from the first one, which goes on for a while. */
@Tag("feature:update")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class HotRestartTest {

  private static final int PORT = 80;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private SteeringNamespace namespace;
  private TransparentSockets oldSockets;
  private TransparentSockets newSockets;
  private Steering oldSteering;
  private Steering newSteering;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    oldSockets = namespace.onNode(TransparentSockets::new);
    newSockets = namespace.onNode(TransparentSockets::new);
    oldSteering = started(oldSockets);
    newSteering = started(newSockets);
    namespace.activate(oldSteering);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    newSteering.close();
    oldSteering.close();
    newSockets.close();
    oldSockets.close();
    namespace.close();
  }

  private Steering started(TransparentSockets sockets) throws Exception {
    Steering steering = Steering.nftables(SteeringSetting.TPROXY);
    namespace.onNode(() -> steering.start(sockets.listeners()));
    steering.addAddress(ADDRESS);
    steering.addAddress(ADDRESS6);
    steering.apply(
        new FrontendChanges(
            Map.of(
                new Binding(ADDRESS, PORT, Protocol.TCP),
                FrontendVerdict.ACCEPT,
                new Binding(ADDRESS6, PORT, Protocol.TCP),
                FrontendVerdict.ACCEPT),
            Set.of()));
    return steering;
  }

  @Test
  void a_process_that_is_not_active_gets_nothing() throws Exception {
    // When
    connect(ADDRESS);

    // Then
    assertThat(oldSockets.accept(false).intValue()).isPositive();
  }

  @Test
  void new_connections_reach_the_new_process_and_those_of_the_old_one_go_on() throws Exception {
    for (InetAddress address : List.of(ADDRESS, ADDRESS6)) {
      // Given
      boolean ipv6 = address.equals(ADDRESS6);
      Socket before = connect(address);
      LinuxSocket accepted = oldSockets.accept(ipv6);

      // When
      oldSteering.deactivate();
      namespace.activate(newSteering);

      // Then
      Socket after = connect(address);
      TransparentSockets.write(newSockets.accept(ipv6), "new");
      TransparentSockets.write(accepted, "old");
      assertThat(new String(after.getInputStream().readNBytes(3))).isEqualTo("new");
      assertThat(new String(before.getInputStream().readNBytes(3))).isEqualTo("old");
      newSteering.deactivate();
      namespace.activate(oldSteering);
    }
  }

  @Test
  void the_old_process_leaves_the_tables_when_it_ends() throws Exception {
    // Given
    oldSteering.deactivate();
    namespace.activate(newSteering);

    // When
    oldSteering.close();

    // Then
    connect(ADDRESS);
    assertThat(newSockets.accept(false).intValue()).isPositive();
  }

  @Test
  void what_changes_while_a_process_is_not_active_holds_as_soon_as_it_is() throws Exception {
    // Given
    oldSteering.deactivate();
    oldSteering.removeAddress(ADDRESS6);
    namespace.activate(newSteering);

    // When
    newSteering.deactivate();
    namespace.activate(oldSteering);

    // Then
    assertThat(namespace.runOnNode("nft", "list", "set", "inet", "ballast", "addresses6"))
        .doesNotContain("elements");
  }

  private Socket connect(InetAddress address) throws Exception {
    Socket socket =
        namespace.onClient(
            () -> {
              var connecting = new Socket();
              connecting.connect(new InetSocketAddress(address, PORT), 1000);
              return connecting;
            });
    socket.setSoTimeout(2000);
    opened.add(socket);
    return socket;
  }
}
