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

/** Where an address is announced on a node with several interfaces, and when they change. */
@Tag("feature:address")
class InterfaceChangeTest {

  private static final String V4 = "198.18.200.77";
  private static final String V6 = "2001:db8:200::77";

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "eth1"})
  void only_the_chosen_one_of_two_interfaces_on_a_segment_answers(String configured)
      throws Exception {
    // Given
    addSecondInterface();
    network.sysctl("all.rp_filter", 2);
    LineProcess announcer = network.steeredNode("bind", "0", configured);
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, V4);

    // When
    List<String> captured = network.capture(V4);

    // Then
    String reply = "op 2 sender " + V4 + " target 198.18.200.2";
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(captured).anyMatch(line -> line.startsWith(reply)));
    network.forgetNeighbors();
    assertThat(connectProbe.request(V4)).isEqualTo("first");
    assertThat(captured)
        .filteredOn(line -> line.startsWith("op 2 sender " + V4))
        .allMatch(line -> line.endsWith("from " + macOf(configured)));
  }

  private String macOf(String interfaceName) {
    try {
      return network.lan.mac(interfaceName);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_interface_is_rejected_where_a_strict_reverse_path_filter_drops_all_packets()
      throws Exception {
    // Given
    addSecondInterface();
    network.sysctl("all.rp_filter", 1);
    LineProcess announcer = network.steeredNode("bind", "0", "eth1");

    // When
    String result = announcer.request("acquire " + V4);

    // Then
    assertThat(result).contains("ReversePathFilter", "net.ipv4.conf.eth1.rp_filter=2");
    assertThat(network.localRoutes()).doesNotContain(V4);
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void an_address_is_lost_with_the_carrier_and_acquired_again_with_it(String address)
      throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, address);

    // When
    network.lan.ipAtSwitch("link", "set", "port1", "down");

    // Then
    network.awaitResult(announcer, address, "NotOnLink");
    assertThat(announcer.request("acquire " + address)).contains("eth0", "no carrier");
    assertThat(announcer.request("changes")).isEqualTo("1");
    assertThat(announcer.request("on-link " + address)).isEqualTo("false");
    network.lan.ipAtSwitch("link", "set", "port1", "up");
    network.acquire(announcer, address);
    network.forgetNeighbors();
    assertThat(connectProbe.request(address)).isEqualTo("first");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void neighbors_learn_the_new_mac_address_of_the_interface(String address) throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, address);
    assertThat(connectProbe.request(address)).isEqualTo("first");

    // When
    network.lan.ipInside("link", "set", "eth0", "address", "02:00:00:00:00:77");

    // Then: by an announcement, and not because an answer is missing.
    await()
        .atMost(ofSeconds(3))
        .untilAsserted(
            () ->
                assertThat(network.lan.ipAtNeighbor("neigh", "show", address, "dev", "eth0"))
                    .contains("02:00:00:00:00:77"));
    assertThat(connectProbe.request(address)).isEqualTo("first");
  }

  @Test
  void the_second_interface_takes_over_when_the_first_is_down() throws Exception {
    // Given
    addSecondInterface();
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, V4);
    assertThat(connectProbe.request(V4)).isEqualTo("first");

    // When
    network.lan.ipInside("link", "set", "eth0", "down");

    // Then
    await()
        .atMost(ofSeconds(3))
        .untilAsserted(
            () ->
                assertThat(network.lan.ipAtNeighbor("neigh", "show", V4, "dev", "eth0"))
                    .contains(network.lan.mac("eth1")));
    assertThat(connectProbe.request(V4)).isEqualTo("first");
    assertThat(announcer.request("acquire " + V4)).isEqualTo("Acquired[]");
  }

  @Test
  void an_address_of_no_subnet_is_announced_by_the_default_route_only_where_that_is_allowed()
      throws Exception {
    // Given
    network.lan.ipInside("route", "add", "default", "via", "198.18.200.2");
    LineProcess announcer = network.steeredNode("bind");
    List<String> captured = network.capture();

    // When
    String rejected = announcer.request("acquire 203.0.113.7");
    String acquired = announcer.request("acquire-anywhere 203.0.113.7");

    // Then
    assertThat(rejected).contains("NotOnLink");
    assertThat(acquired).isEqualTo("Acquired[]");
    assertThat(announcer.request("on-link 203.0.113.7")).isEqualTo("false");
    assertThat(announcer.request("on-link " + V4)).isEqualTo("true");
    await()
        .atMost(ofSeconds(5))
        .untilAsserted(
            () -> assertThat(captured).anyMatch(line -> line.contains("sender 203.0.113.7")));
  }

  @Test
  @Tag("feature:announce")
  void an_address_moves_to_the_interface_that_its_pool_allows() throws Exception {
    // Given
    addSecondInterface();
    network.sysctl("all.rp_filter", 2);
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    announcer.request("interfaces eth0");
    List<String> captured = network.capture();
    network.acquire(announcer, V4);
    assertThat(connectProbe.request(V4)).isEqualTo("first");
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(captured)
                    .as("all announcements are sent")
                    .filteredOn(line -> line.startsWith("op 1 sender " + V4 + " target " + V4))
                    .hasSize(3));

    // When
    announcer.request("interfaces eth1");
    network.acquire(announcer, V4);

    // Then
    await()
        .atMost(ofSeconds(3))
        .untilAsserted(
            () ->
                assertThat(network.lan.ipAtNeighbor("neigh", "show", V4, "dev", "eth0"))
                    .contains(network.lan.mac("eth1")));
    assertThat(connectProbe.request(V4)).isEqualTo("first");
  }

  @Test
  @Tag("feature:announce")
  void an_announced_address_stays_where_no_interface_of_the_node_is_allowed() throws Exception {
    // Given
    LineProcess announcer = network.steeredNode("bind");
    LineProcess connectProbe = network.connectProbe();
    network.acquire(announcer, V4);

    // When
    announcer.request("interfaces eth7");
    String result = announcer.request("acquire " + V4);

    // Then
    assertThat(result).isEqualTo("Acquired[]");
    assertThat(announcer.request("on-link " + V4)).isEqualTo("false");
    network.forgetNeighbors();
    assertThat(connectProbe.request(V4)).isEqualTo("first");
    announcer.request("release");
    assertThat(announcer.request("acquire " + V4)).contains("NotOnLink", "eth7");
  }

  private void addSecondInterface() throws Exception {
    network.lan.addInterface("eth1");
    network.lan.ipInside("address", "add", "198.18.200.11/24", "dev", "eth1");
  }
}
