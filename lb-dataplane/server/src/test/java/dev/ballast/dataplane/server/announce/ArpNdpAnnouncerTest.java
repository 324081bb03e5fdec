package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The announcer in a network namespace, and a neighbor that captures and sends frames. */
class ArpNdpAnnouncerTest {

  private static final String ADDRESS = "198.18.200.77";
  private static final String GRATUITOUS =
      "op 1 sender 198.18.200.77 target 198.18.200.77 to ff:ff:ff:ff:ff:ff";

  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private NetworkNamespace network;

  @BeforeEach
  void makeNetwork() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    network = new NetworkNamespace();
  }

  @AfterEach
  void removeNetwork() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    if (network != null) {
      network.remove();
    }
  }

  @Test
  void an_acquired_address_is_local_until_it_is_released() throws Exception {
    // Given
    LineProcess announcer = announcer();

    // When
    String result = announcer.request("acquire " + ADDRESS);

    // Then
    assertThat(result).isEqualTo("Acquired[]");
    assertThat(localRoutes())
        .contains("local " + ADDRESS + " dev lo proto 142 scope host src 198.18.200.1");
    announcer.request("release");
    assertThat(localRoutes()).doesNotContain(ADDRESS);
  }

  @Test
  void arp_requests_for_an_acquired_address_are_answered() throws Exception {
    // Given
    announcer().request("acquire " + ADDRESS);

    // When
    List<String> captured = capture(ADDRESS);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () -> assertThat(captured).anyMatch(l -> l.startsWith("op 2 sender " + ADDRESS)));
  }

  @Test
  void a_neighbor_receives_gratuitous_arp_three_times_as_request_and_as_reply() throws Exception {
    // Given
    List<String> captured = capture();

    // When
    announcer().request("acquire " + ADDRESS);

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(captured).filteredOn(line -> line.startsWith(GRATUITOUS)).hasSize(3);
              assertThat(captured)
                  .filteredOn(line -> line.startsWith(GRATUITOUS.replace("op 1", "op 2")))
                  .hasSize(3);
            });
  }

  @Test
  void the_routes_of_a_killed_predecessor_stay_until_they_are_released_and_no_others_go()
      throws Exception {
    // Given
    LineProcess predecessor = announcer();
    predecessor.request("acquire " + ADDRESS);
    predecessor.request("acquire 2001:db8:200::77");
    predecessor.process().destroyForcibly().waitFor();
    network.ipInside("route", "add", "local", "198.18.200.99", "dev", "lo", "table", "local");

    LineProcess successor = announcer();
    assertThat(localRoutes()).contains(ADDRESS);

    // When
    successor.request("retain 2001:db8:200::77");

    // Then
    assertThat(localRoutes())
        .doesNotContain(ADDRESS)
        .contains("198.18.200.99", "local 198.18.200.1 ");
    assertThat(network.ipInside("-6", "route", "show", "table", "local"))
        .contains("2001:db8:200::77");
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.200.1", "2001:db8:200::1"})
  void an_address_of_an_interface_is_rejected_and_stays(String address) throws Exception {
    // Given
    LineProcess announcer = announcer();

    // When
    String result = announcer.request("acquire " + address);

    // Then
    assertThat(result).contains("AddressInUse", "interface eth0");
    announcer.request("release");
    assertThat(localRoutes() + network.ipInside("-6", "route", "show", "table", "local"))
        .contains("local " + address + " dev eth0");
  }

  @Test
  void an_address_that_another_program_has_made_local_is_rejected_and_stays() throws Exception {
    // Given
    network.ipInside("route", "add", "local", ADDRESS, "dev", "lo", "table", "local");
    LineProcess announcer = announcer();

    // When
    String result = announcer.request("acquire " + ADDRESS);

    // Then
    assertThat(result).contains("AddressInUse", "ip route del local " + ADDRESS);
    announcer.request("release");
    assertThat(localRoutes()).contains("local " + ADDRESS);
  }

  @Test
  void an_ipv6_address_is_acquired_by_a_route() throws Exception {
    // Given
    LineProcess announcer = announcer();

    // When
    String result = announcer.request("acquire 2001:db8:200::77");

    // Then
    assertThat(result).isEqualTo("Acquired[]");
    assertThat(network.ipInside("-6", "route", "show", "table", "local"))
        .contains("local 2001:db8:200::77 dev lo proto 142 src 2001:db8:200::1");
    announcer.request("close");
    assertThat(network.ipInside("-6", "route", "show", "table", "local"))
        .doesNotContain("2001:db8:200::77");
  }

  @Test
  void an_address_of_no_subnet_is_rejected_with_a_remedy() throws Exception {
    // Given
    LineProcess announcer = announcer();

    // When
    String result = announcer.request("acquire 203.0.113.7");

    // Then
    assertThat(result).contains("NotOnLink", "BALLAST_INTERFACE");
  }

  @Test
  void without_net_raw_the_message_names_the_capability() throws Exception {
    // Given
    LineProcess announcer =
        start(network.powerlessJava(AnnouncerProcess.class, "net_raw"), "started");

    // When
    String result = announcer.request("acquire " + ADDRESS);

    // Then
    assertThat(result).contains("PermissionDenied", "NET_RAW");
  }

  @Test
  void without_net_admin_the_message_names_the_capability() throws Exception {
    // Given
    LineProcess announcer =
        start(network.powerlessJava(AnnouncerProcess.class, "net_admin"), "started");

    // When
    String result = announcer.request("acquire " + ADDRESS);

    // Then
    assertThat(result).contains("PermissionDenied", "NET_ADMIN");
  }

  private LineProcess announcer() throws IOException {
    return start(network.java(AnnouncerProcess.class), "started");
  }

  private LineProcess start(Process process, String greeting) {
    processes.add(process);
    return LineProcess.with(process, greeting);
  }

  private List<String> capture(String... ask) throws IOException {
    Process process = network.javaAtNeighbor(ArpCapture.class, ask);
    start(process, "listening");
    List<String> captured = new CopyOnWriteArrayList<>();
    Thread.ofVirtual().start(() -> read(process, captured));
    return captured;
  }

  private static void read(Process process, List<String> lines) {
    try {
      var reader = process.inputReader(UTF_8);
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("ended: " + e.getMessage());
    }
  }

  private String localRoutes() throws Exception {
    return network.ipInside("route", "show", "table", "local");
  }
}
