package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A LAN of network namespaces with a foreign machine that uses an address of a node. */
@Tag("feature:address")
class AddressConflictDetectorTest {

  private static final String V4 = "198.18.200.77";
  private static final String V6 = "2001:db8:200::77";

  /** Longer than the default: the JVM of the other node has to start and compile. */
  private static final String WAIT_MILLIS = "500";

  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private NetworkNamespace network;
  private LineProcess announcer;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    network = new NetworkNamespace();
    announcer = announcer(network.java(AnnouncerProcess.class, WAIT_MILLIS));
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

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void an_address_without_an_answer_is_acquired_after_the_probe(String address) throws Exception {
    // Given
    announcer.request("probe " + address);

    // When
    String firstResult = announcer.request("acquire " + address);

    // Then
    assertThat(firstResult).isEqualTo("Probing[]");
    awaitResult(address, "Acquired[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void an_address_in_use_is_rejected_and_acquired_once_the_other_machine_has_left(String address)
      throws Exception {
    // Given
    foreignMachine("add", address);

    // When
    announcer.request("probe " + address);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(announcer.request("acquire " + address))
                    .contains(
                        "AddressInUse",
                        "already in use by " + network.macOfNeighbor(),
                        "spec.exclude"));
    assertThat(network.ipInside("route", "show", "table", "local")).doesNotContain(V4);
    foreignMachine("del", address);
    await()
        .atMost(ofSeconds(20))
        .untilAsserted(
            () -> {
              announcer.request("probe " + address);
              assertThat(announcer.request("acquire " + address)).isEqualTo("Acquired[]");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_node_that_hands_over_the_address_is_not_a_conflict(String address) throws Exception {
    // Given
    LineProcess other = announcer(network.javaAtOther(AnnouncerProcess.class, WAIT_MILLIS));
    assertThat(other.request("acquire " + address)).isEqualTo("Acquired[]");
    String node = address.equals(V4) ? "198.18.200.3" : "2001:db8:200::3";
    announcer.request("nodes " + node + " n3");

    // When
    announcer.request("probe " + address + " " + node);

    // Then
    awaitResult(address, "Acquired[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_node_that_has_the_address_by_other_means_is_a_conflict(String address) throws Exception {
    // Given: what kube-vip and keepalived do.
    String[] add = {"address", "add", address, "dev", "eth0", "nodad"};
    network.ipAtOther(Arrays.copyOf(add, address.equals(V4) ? 5 : 6));
    String node = address.equals(V4) ? "198.18.200.3" : "2001:db8:200::3";
    announcer.request("nodes " + node + " n3");

    // When
    announcer.request("probe " + address);

    // Then
    awaitConfirmation(address, "already in use by node n3 (" + network.mac(true) + ")");
    assertThat(announcer.request("acquire " + address)).contains("AddressInUse", "keepalived");
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.200.3", "2001:db8:200::3"})
  void the_address_of_a_node_is_in_use(String address) throws Exception {
    // Given
    announcer.request("nodes " + address + " n3");

    // When
    announcer.request("probe " + address);

    // Then
    awaitConfirmation(address, "already in use by node n3 (" + network.mac(true) + ")");
  }

  @Test
  void without_a_probe_an_address_is_acquired_at_once_although_it_is_in_use() throws Exception {
    // Given
    foreignMachine("add", V4);

    // When
    String result = announcer.request("acquire " + V4);

    // Then
    assertThat(result).isEqualTo("Acquired[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_conflict_over_an_acquired_address_is_reported_and_the_node_keeps_the_address(
      String address) throws Exception {
    // Given
    assertThat(announcer.request("acquire " + address)).isEqualTo("Acquired[]");

    // When
    announce(address);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(announcer.request("acquire " + address))
                    .contains("AcquiredWithConflict", network.macOfNeighbor()));
    assertThat(network.ipInside("route", "show", "table", "local"))
        .contains(address.equals(V4) ? V4 : "");
  }

  @Test
  void an_address_that_moves_to_another_node_is_not_a_conflict() throws Exception {
    // Given
    announcer.request("nodes 198.18.200.3 n3");
    assertThat(announcer.request("acquire " + V4)).isEqualTo("Acquired[]");
    LineProcess other = announcer(network.javaAtOther(AnnouncerProcess.class, WAIT_MILLIS));

    // When
    other.request("acquire " + V4);

    // Then
    await()
        .during(ofSeconds(1))
        .atMost(ofSeconds(3))
        .untilAsserted(
            () -> assertThat(announcer.request("acquire " + V4)).isEqualTo("Acquired[]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.200.0", "198.18.200.255", "198.18.200.254"})
  void the_network_broadcast_and_gateway_addresses_of_the_lan_are_rejected(String address)
      throws Exception {
    // Given
    network.ipInside("route", "add", "default", "via", "198.18.200.254");

    // When
    announcer.request("probe " + address);

    // Then
    awaitResult(address, "AddressUnusable");
  }

  @Test
  void the_gateway_address_is_rejected_without_a_conflict_probe_too() throws Exception {
    // Given
    network.ipInside("route", "add", "default", "via", "198.18.200.254");
    LineProcess withoutProbe = announcer(network.java(AnnouncerProcess.class, "0"));

    // When
    withoutProbe.request("probe 198.18.200.254");

    // Then
    assertThat(withoutProbe.request("acquire 198.18.200.254")).contains("AddressUnusable");
    withoutProbe.request("probe " + V4);
    assertThat(withoutProbe.request("acquire " + V4)).isEqualTo("Acquired[]");
  }

  /** A node has to answer two probes, one second apart. */
  private void awaitConfirmation(String address, String expected) {
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () -> {
              announcer.request("probe " + address);
              assertThat(announcer.request("acquire " + address)).contains(expected);
            });
  }

  private void awaitResult(String address, String expected) {
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () -> assertThat(announcer.request("acquire " + address)).contains(expected));
  }

  private void foreignMachine(String action, String address) throws Exception {
    if (address.contains(":")) {
      network.ipAtNeighbor("address", action, address + "/64", "dev", "eth0", "nodad");
    } else {
      network.ipAtNeighbor("address", action, address + "/24", "dev", "eth0");
    }
  }

  /** Makes the foreign machine announce the address, as machines do at their start. */
  private void announce(String address) throws Exception {
    announcer(network.javaAtNeighbor(AnnouncerProcess.class, "0")).request("acquire " + address);
  }

  private LineProcess announcer(Process process) {
    processes.add(process);
    return LineProcess.with(process, "started");
  }
}
