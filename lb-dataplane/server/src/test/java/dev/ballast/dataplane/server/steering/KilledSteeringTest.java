package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ASKED_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.announce.LineProcess;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a process leaves that is killed. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class KilledSteeringTest {

  private SteeringNamespace namespace;
  private Process process;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    process = namespace.javaOnNode(SteeringProcess.class);
    LineProcess.with(process, "started tproxy");
  }

  @AfterEach
  void stop() throws Exception {
    process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    namespace.close();
  }

  private Socket connect(InetAddress address) throws Exception {
    return namespace.onClient(
        () -> {
          var socket = new Socket();
          socket.connect(new InetSocketAddress(address, 80), 500);
          return socket;
        });
  }

  @Test
  @Tag("feature:steering")
  void its_frontends_are_refused_and_no_daemon_answers_for_them() throws Exception {
    // Given
    try (ServerSocket daemon = namespace.onNode(() -> new ServerSocket(80));
        Socket before = connect(ADDRESS)) {
      assertThat(before.isConnected()).isTrue();
      assertThat(daemon.isBound()).isTrue();

      // When
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);

      // Then
      for (InetAddress address : List.of(ADDRESS, ADDRESS6)) {
        assertThatThrownBy(() -> connect(address))
            .isInstanceOf(ConnectException.class)
            .hasMessageContaining("refused");
      }
    }
  }

  @Test
  void the_kernel_does_not_answer_arp_for_its_addresses() throws Exception {
    // Given
    process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);

    // When
    assertThatThrownBy(() -> connect(ASKED_ADDRESS)).isInstanceOf(java.io.IOException.class);

    // Then
    await()
        .atMost(5, TimeUnit.SECONDS)
        .untilAsserted(
            () -> assertThat(neighbor(ASKED_ADDRESS)).contains("FAILED").doesNotContain("lladdr"));
    assertThat(namespace.onClient(() -> SteeringNamespace.NODE.isReachable(2000))).isTrue();
  }

  private String neighbor(InetAddress address) throws Exception {
    return namespace.runOnClient("ip", "neigh", "show", address.getHostAddress());
  }

  @Test
  void its_tables_stay_until_the_next_process_is_active() throws Exception {
    // Given
    process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    try (TransparentSockets sockets = namespace.onNode(TransparentSockets::new);
        Steering next = Steering.nftables(SteeringSetting.AUTO)) {
      namespace.onNode(() -> next.start(sockets.listeners()));
      next.addAddress(ADDRESS);
      assertThat(addresses()).contains("198.18.210.100, 198.18.210.101");

      // When
      namespace.activate(next);

      // Then
      assertThat(addresses()).contains("{ 198.18.210.100 }");
    }
    assertThat(namespace.runOnNode("nft", "list", "tables")).isEmpty();
  }

  private String addresses() throws Exception {
    return namespace.runOnNode("nft", "list", "set", "inet", "ballast", "addresses4");
  }
}
