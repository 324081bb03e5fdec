package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** IPv6 addresses on a LAN of network namespaces: two nodes, and a neighbor. */
@Tag("feature:families")
class NeighborResponderTest {

  private static final String ADDRESS = "2001:db8:200::77";
  private static final String GROUP = "ff02::1:ff00:77";

  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private NetworkNamespace network;
  private LineProcess announcer;
  private LineProcess connectProbe;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    network = new NetworkNamespace();
    connectProbe = startProcess(network.javaAtNeighbor(ConnectProbe.class), "calling");
    announcer = startProcess(network.java(AnnouncerProcess.class), "started");
    startProcess(network.java(ServeHostnameProcess.class, "first"), "greeting");
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
  void a_neighbor_resolves_an_acquired_address_and_connects_to_it() throws Exception {
    // Given
    assertThat(announcer.request("acquire " + ADDRESS)).isEqualTo("Acquired[]");

    // When
    String answer = connectProbe.request(ADDRESS);

    // Then
    assertThat(answer).isEqualTo("first");
    assertThat(neighborTable()).contains(ADDRESS).contains(network.mac(false));
    // No interface has it, so the node never uses it as a source address.
    assertThat(network.ipInside("-6", "address", "show")).doesNotContain(ADDRESS);
  }

  /** A neighbor with an entry for the address solicits by unicast instead of multicast. */
  @Test
  void neighbor_unreachability_detection_is_answered() throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);
    connectProbe.request(ADDRESS);

    // When
    probeUnicast();

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(neighborTable()).contains("REACHABLE"));
  }

  @Test
  void all_neighbors_update_their_entry_at_once_when_an_address_moves_to_another_node()
      throws Exception {
    // Given
    LineProcess other = startProcess(network.javaAtOther(AnnouncerProcess.class), "started");
    startProcess(network.javaAtOther(ServeHostnameProcess.class, "other"), "greeting");
    announcer.request("acquire " + ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    other.request("acquire " + ADDRESS);

    // Then: without a solicitation, and before the former owner has released the address.
    await()
        .atMost(ofSeconds(1))
        .untilAsserted(() -> assertThat(neighborTable()).contains(network.mac(true)));
    announcer.request("release");
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("other");
  }

  @Test
  void solicitations_for_a_released_address_are_not_answered() throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.request("release");

    // Then
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
    assertThat(multicastGroups()).doesNotContain(GROUP);
    assertThat(announcer.request("acquire " + ADDRESS)).isEqualTo("Acquired[]");
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
  }

  @Test
  void a_withdrawn_address_stays_local_and_solicitations_are_not_answered() throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.request("withdraw " + ADDRESS);

    // Then
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
    assertThat(multicastGroups()).doesNotContain(GROUP);
  }

  @Test
  void two_addresses_of_one_multicast_group_are_independent() throws Exception {
    // Given
    String twin = "2001:db8:200:0:1::77";
    announcer.request("acquire " + ADDRESS);
    announcer.request("acquire " + twin);
    assertThat(multicastGroups()).contains(GROUP);

    // When
    announcer.request("retain " + ADDRESS);

    // Then
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
    assertThat(connectProbe.request(twin)).startsWith("failed");
  }

  @Test
  void a_killed_process_leaves_its_multicast_group_and_its_successor_acquires_the_address_again()
      throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);
    assertThat(multicastGroups()).contains(GROUP);

    // When
    announcer.process().destroyForcibly().waitFor();

    // Then
    assertThat(multicastGroups()).doesNotContain(GROUP);
    LineProcess successor = startProcess(network.java(AnnouncerProcess.class), "started");
    assertThat(successor.request("acquire " + ADDRESS)).isEqualTo("Acquired[]");
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
  }

  @Test
  void a_node_that_stops_announcing_answers_only_neighbors_with_connections_to_it()
      throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.request("stop");

    // Then
    assertThat(multicastGroups()).doesNotContain(GROUP);
    probeUnicast();
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(neighborTable()).contains("REACHABLE"));
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
    network.ipAtNeighbor("neigh", "flush", "dev", "eth0");
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
  }

  @Test
  void duplicate_address_detection_of_another_machine_is_answered() throws Exception {
    // Given
    announcer.request("acquire " + ADDRESS);

    // When
    network.ipAtNeighbor("address", "add", ADDRESS + "/64", "dev", "eth0");

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(network.ipAtNeighbor("-6", "address", "show", "dev", "eth0"))
                    .contains("dadfailed"));
  }

  @Test
  void neighbors_receive_three_advertisements_with_the_override_flag() throws Exception {
    // Given
    List<String> captured = capture();

    // When
    announcer.request("acquire " + ADDRESS);

    // Then
    String said =
        "flags 20000000 target 2001:db8:200:0:0:0:0:77 to ff02:0:0:0:0:0:0:1"
            + " at 33:33:00:00:00:01 hops 255 checksum ffff";
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(captured).filteredOn(said::equals).hasSize(3));
  }

  @Test
  void where_ipv6_is_disabled_the_message_says_so() throws Exception {
    // Given
    network.runInside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");

    // When
    String result = announcer.request("acquire " + ADDRESS);

    // Then
    assertThat(result).contains("IPv6Disabled", "disable_ipv6");
  }

  /** Makes the neighbor send a unicast solicitation to the node. */
  private void probeUnicast() throws Exception {
    network.ipAtNeighbor(
        "neigh", "change", ADDRESS, "lladdr", network.mac(false), "dev", "eth0", "nud", "probe");
  }

  private String neighborTable() throws Exception {
    return network.ipAtNeighbor("-6", "neigh", "show", ADDRESS, "dev", "eth0");
  }

  private String multicastGroups() throws Exception {
    return network.ipInside("-6", "maddress", "show", "dev", "eth0");
  }

  private LineProcess startProcess(Process process, String greeting) {
    processes.add(process);
    return LineProcess.with(process, greeting);
  }

  private List<String> capture() throws IOException {
    LineProcess listener = startProcess(network.javaAtNeighbor(NdpCapture.class), "listening");
    List<String> captured = new CopyOnWriteArrayList<>();
    Thread.ofVirtual().start(() -> listener.answers().lines().forEach(captured::add));
    return captured;
  }
}
