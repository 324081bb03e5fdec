package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A LAN of network namespaces with a machine on it that has an address which a node wants. */
@Tag("feature:address")
class AddressConflictDetectorTest {

  private static final String V4 = "198.18.200.77";
  private static final String V6 = "2001:db8:200::77";

  /** Longer than the shipped one: a test's JVM has to compile what answers. */
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
  void an_address_that_nobody_answers_for_is_taken_once_the_time_is_over(String address)
      throws Exception {
    // Given
    announcer.say("probe " + address);

    // When
    String atOnce = announcer.say("acquire " + address);

    // Then
    assertThat(atOnce).isEqualTo("Probing[]");
    awaitTaken(address, "Acquired[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void an_address_of_a_stranger_is_refused_and_taken_once_the_stranger_has_left(String address)
      throws Exception {
    // Given
    stranger("add", address);

    // When
    announcer.say("probe " + address);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(announcer.say("acquire " + address))
                    .contains(
                        "AddressInUse",
                        "already in use by " + network.macOfNeighbour(),
                        "spec.exclude"));
    assertThat(network.ipInside("route", "show", "table", "local")).doesNotContain(V4);
    stranger("del", address);
    await()
        .atMost(ofSeconds(20))
        .untilAsserted(
            () -> {
              announcer.say("probe " + address);
              assertThat(announcer.say("acquire " + address)).isEqualTo("Acquired[]");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void another_node_that_is_about_to_let_go_of_the_address_is_no_stranger(String address)
      throws Exception {
    // Given
    LineProcess other = announcer(network.javaAtOther(AnnouncerProcess.class, WAIT_MILLIS));
    assertThat(other.say("acquire " + address)).isEqualTo("Acquired[]");
    announcer.say("nodes " + (address.equals(V4) ? "198.18.200.3" : "2001:db8:200::3"));

    // When
    announcer.say("probe " + address);

    // Then
    awaitTaken(address, "Acquired[]");
  }

  @Test
  void without_a_probe_an_address_is_taken_atOnce_whoever_has_it() throws Exception {
    // Given
    stranger("add", V4);

    // When
    String result = announcer.say("acquire " + V4);

    // Then
    assertThat(result).isEqualTo("Acquired[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_stranger_that_takes_what_a_node_has_is_told_of_and_the_node_keeps_it(String address)
      throws Exception {
    // Given
    assertThat(announcer.say("acquire " + address)).isEqualTo("Acquired[]");
    stranger("add", address);

    // When
    announce(address);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(announcer.say("acquire " + address))
                    .contains("AcquiredWithConflict", network.macOfNeighbour()));
    assertThat(network.ipInside("route", "show", "table", "local"))
        .contains(address.equals(V4) ? V4 : "");
  }

  @Test
  void an_address_that_moves_to_another_node_is_no_conflict() throws Exception {
    // Given
    announcer.say("nodes 198.18.200.3");
    assertThat(announcer.say("acquire " + V4)).isEqualTo("Acquired[]");
    LineProcess other = announcer(network.javaAtOther(AnnouncerProcess.class, WAIT_MILLIS));

    // When
    other.say("acquire " + V4);

    // Then
    await()
        .during(ofSeconds(1))
        .atMost(ofSeconds(3))
        .untilAsserted(() -> assertThat(announcer.say("acquire " + V4)).isEqualTo("Acquired[]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.200.0", "198.18.200.255", "198.18.200.254"})
  void the_network_broadcast_and_gateway_addresses_of_the_lan_are_refused(String address)
      throws Exception {
    // Given
    network.ipInside("route", "add", "default", "via", "198.18.200.254");

    // When
    announcer.say("probe " + address);

    // Then
    awaitTaken(address, "AddressUnusable");
  }

  private void awaitTaken(String address, String expected) {
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(announcer.say("acquire " + address)).contains(expected));
  }

  private void stranger(String action, String address) throws Exception {
    if (address.contains(":")) {
      network.ipAtNeighbour("address", action, address + "/64", "dev", "eth0", "nodad");
    } else {
      network.ipAtNeighbour("address", action, address + "/24", "dev", "eth0");
    }
  }

  /** Has the stranger say by itself that it has the address, as machines do that start. */
  private void announce(String address) throws Exception {
    announcer(network.javaAtNeighbour(AnnouncerProcess.class, "0")).say("acquire " + address);
  }

  private LineProcess announcer(Process process) {
    processes.add(process);
    return LineProcess.with(process, "started");
  }
}
