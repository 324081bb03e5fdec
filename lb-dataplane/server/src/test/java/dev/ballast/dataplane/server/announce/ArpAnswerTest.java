package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ARP requests are answered, with the table that silences the kernel. */
@Tag("feature:address")
class ArpAnswerTest {

  private static final String ADDRESS = "198.18.200.77";

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  @ParameterizedTest(name = "arp_ignore={0}")
  @ValueSource(ints = {0, 1, 2, 8})
  void a_neighbor_without_an_entry_resolves_the_address_under_every_arp_ignore(int arpIgnore)
      throws Exception {
    // Given
    network.sysctl("all.arp_ignore", arpIgnore);
    network.sysctl("all.arp_announce", 2);
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, ADDRESS);

    // When
    network.forgetNeighbors();

    // Then
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
    assertThat(neighborEntry()).contains(network.lan.mac("eth0"));
  }

  @Test
  void answers_end_with_the_process() throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.process().destroyForcibly().waitFor();

    // Then: although the route is still there.
    assertThat(network.localRoutes()).contains("local " + ADDRESS);
    network.forgetNeighbors();
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
  }

  @Test
  void answers_end_with_the_release() throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    network.acquire(announcer, ADDRESS);
    network.acquire(announcer, "198.18.200.78");

    // When
    announcer.request("retain 198.18.200.78");

    // Then
    List<String> captured = network.capture(ADDRESS);
    List<String> others = network.capture("198.18.200.78");
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(others).anyMatch(reply("198.18.200.78")::equals));
    assertThat(captured).noneMatch(reply(ADDRESS)::equals);
  }

  @Test
  void the_probe_of_another_machine_is_answered() throws Exception {
    // Given
    network.acquire(network.steeredNode("bind"), ADDRESS);

    // When
    List<String> captured = network.capture(ADDRESS, "probe");

    // Then
    String expected = reply(ADDRESS).replace("target 198.18.200.2", "target 0.0.0.0");
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(captured).anyMatch(expected::equals));
  }

  @Test
  void a_node_that_stops_announcing_answers_only_neighbors_with_connections_to_it()
      throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.request("stop");

    // Then
    network.lan.ipAtNeighbor(
        "neigh",
        "change",
        ADDRESS,
        "lladdr",
        network.lan.mac("eth0"),
        "dev",
        "eth0",
        "nud",
        "probe");
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(neighborEntry()).contains("REACHABLE"));
    network.forgetNeighbors();
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
  }

  @Test
  void a_withdrawn_address_stays_local_and_no_neighbor_gets_an_answer_until_it_is_acquired_again()
      throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");

    // When
    announcer.request("withdraw " + ADDRESS);

    // Then
    assertThat(network.localRoutes()).contains("local " + ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
    network.forgetNeighbors();
    assertThat(connectProbe.request(ADDRESS)).startsWith("failed");
    network.acquire(announcer, ADDRESS);
    assertThat(connectProbe.request(ADDRESS)).isEqualTo("first");
  }

  private String reply(String address) throws Exception {
    return "op 2 sender %s target 198.18.200.2 to %s from %s"
        .formatted(address, network.lan.macOfNeighbor(), network.lan.mac("eth0"));
  }

  private String neighborEntry() throws Exception {
    return network.lan.ipAtNeighbor("neigh", "show", ADDRESS, "dev", "eth0");
  }
}
