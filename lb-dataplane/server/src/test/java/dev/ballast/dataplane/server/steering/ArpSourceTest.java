package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringNamespace.ASKED_ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.CLIENT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.NODE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The kernel asks for a neighbor as the address that a packet comes from. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class ArpSourceTest {

  @Test
  void the_kernel_asks_for_neighbors_as_the_node_and_never_as_an_address_of_a_load_balancer()
      throws Exception {
    // Given
    try (SteeringNamespace namespace = new SteeringNamespace();
        TransparentSockets sockets = namespace.onNode(TransparentSockets::new);
        Steering steering = Steering.nftables(SteeringSetting.AUTO)) {
      namespace.onNode(() -> steering.start(sockets.listeners()));
      namespace.activate(steering);
      steering.addAddress(ASKED_ADDRESS);
      int eth0 =
          Integer.parseInt(namespace.runOnNode("cat", "/sys/class/net/eth0/ifindex").strip());
      steering.setArpSource(eth0, (Inet4Address) NODE);
      namespace.runOnNode("ip", "neigh", "flush", "all");

      // When
      try (DatagramSocket socket =
          namespace.onNode(() -> new DatagramSocket(4444, ASKED_ADDRESS))) {
        byte[] text = "hello".getBytes(UTF_8);
        socket.send(new DatagramPacket(text, text.length, CLIENT, 4444));

        // Then
        await()
            .atMost(Duration.ofSeconds(3))
            .untilAsserted(
                () ->
                    assertThat(namespace.runOnClient("ip", "neigh", "show", NODE.getHostAddress()))
                        .contains("lladdr"));
        assertThat(namespace.runOnClient("ip", "neigh", "show", ASKED_ADDRESS.getHostAddress()))
            .doesNotContain("lladdr");
      }
    }
  }
}
