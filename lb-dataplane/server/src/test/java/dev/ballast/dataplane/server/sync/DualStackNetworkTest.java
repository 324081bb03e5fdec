package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.server.announce.ConnectProbe;
import dev.ballast.dataplane.server.announce.LineProcess;
import dev.ballast.dataplane.server.announce.NetworkNamespace;
import dev.ballast.dataplane.server.announce.ServeHostnameProcess;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * IPv4 and IPv6 from a client on the network through announcer and relay to a Pod, without fakes.
 */
@Tag("feature:families")
class DualStackNetworkTest {

  private final List<Process> processes = new ArrayList<>();
  private NetworkNamespace network;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    network = new NetworkNamespace();
    start(network.javaAtOther(ServeHostnameProcess.class, "by IPv4", "198.18.200.3"), "greeting");
    start(
        network.javaAtOther(ServeHostnameProcess.class, "by IPv6", "2001:db8:200::3"), "greeting");
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    if (network != null) {
      network.remove();
    }
  }

  @Test
  void clients_reach_pods_of_their_own_family_or_else_of_the_other() throws Exception {
    // Given
    LineProcess client = start(network.javaAtNeighbor(ConnectProbe.class), "calling");

    // When
    start(network.java(DataPlaneProcess.class), "serving");

    // Then
    assertThat(client.request("198.18.200.74 80")).as("both, from IPv4").isEqualTo("by IPv4");
    assertThat(client.request("2001:db8:200::76 80")).as("both, from IPv6").isEqualTo("by IPv6");
    assertThat(client.request("2001:db8:200::77 80")).as("IPv4 only").isEqualTo("by IPv4");
    assertThat(client.request("198.18.200.78 80")).as("IPv6 only").isEqualTo("by IPv6");
  }

  private LineProcess start(Process process, String greeting) {
    processes.add(process);
    return LineProcess.with(process, greeting);
  }
}
