package dev.ballast.dataplane.server.diagnosis;

import static dev.ballast.dataplane.server.diagnosis.DiagnosedNode.V4;
import static dev.ballast.dataplane.server.diagnosis.DiagnosedNode.V6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.AnnouncerNetwork;
import dev.ballast.dataplane.server.announce.LineProcess;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node finds out about itself, in a network namespace. */
@Tag("feature:reachability")
class NodeDiagnosisTest {

  private static final String TABLES_CHANGED =
      "TablesChanged: Another program changed the nftables tables of Ballast in the last ten"
          + " minutes. They are restored each time, but connections can fail meanwhile."
          + " | Exclude the tables named ballast from what that program changes.";
  private static final String ROUTES_DELETED =
      "RoutesDeleted: Another program deleted local routes of Ballast in the last ten minutes."
          + " They are restored each time, but connections can fail meanwhile."
          + " | Configure that program to leave routes of protocol 142 alone.";
  private static final String NO_INTERFACE =
      "NoInterface: No Ethernet interface of the node is up, has a carrier and an address."
          + " | Check the interfaces with ip address, and the Helm value dataplane.interface.";

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  @Test
  void the_command_for_answers_that_leave_by_another_interface_brings_clients_back()
      throws Exception {
    // Given: a client behind a router, which is at both networks of the node.
    addSecondInterface();
    sysctl("eth0.rp_filter", 1);
    network.lan.ipInside("route", "add", "default", "via", "198.18.200.2", "dev", "eth0");
    network.lan.ipAtNeighbor("addr", "add", "203.0.113.1/32", "dev", "lo");
    network.lan.ipAtNeighbor("route", "add", V4, "dev", "eth0", "src", "203.0.113.1");
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);
    LineProcess client = network.prober();
    assertThat(client.request(V4)).isEqualTo("first");

    // When
    network.lan.ipInside("route", "replace", "default", "via", "198.18.201.2", "dev", "eth1");

    // Then
    node.awaitFindings(
        "RepliesLeaveElsewhere: Packets for addresses in 198.18.200.0/24 arrive by eth0, but"
            + " answers to clients behind a router leave by eth1. The reverse path filter of eth0"
            + " drops these clients. | Add the subnet and the default route of eth0 to a routing"
            + " table, such as 100. Then run ip rule add from 198.18.200.0/24 table 100. Set net.ipv4.conf.eth0.rp_filter to 2.");
    assertThat(client.request(V4)).startsWith("failed");
    node.shell("ip route add 198.18.200.0/24 dev eth0 table 100");
    node.shell("ip route add default via 198.18.200.2 dev eth0 table 100");
    node.shell("ip rule add from 198.18.200.0/24 table 100");
    node.awaitFindings();
    assertThat(client.request(V4)).isEqualTo("first");
  }

  @ParameterizedTest
  @CsvSource({
    V4 + ", 198.18.200.0/24, 198.18.200.2, 198.18.201.2, ip rule",
    V6 + ", 2001:db8:200::/64, 2001:db8:200::2, 2001:db8:201::2, ip -6 rule",
  })
  void a_default_route_by_another_interface_is_found_until_there_is_a_rule(
      String address, String subnet, String gateway, String otherGateway, String rule)
      throws Exception {
    // Given
    addSecondInterface();
    network.lan.ipInside("route", "add", "default", "via", gateway, "dev", "eth0");
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, address);

    // When
    network.lan.ipInside("route", "del", "default", "via", gateway, "dev", "eth0");
    network.lan.ipInside("route", "add", "default", "via", otherGateway, "dev", "eth1");

    // Then
    node.awaitFindings(
        ("RepliesLeaveElsewhere: Packets for addresses in %1$s arrive by eth0, but answers to"
                + " clients behind a router leave by eth1. | Add the subnet and the default route of"
                + " eth0 to a routing table, such as 100. Then run %2$s add from %1$s table 100.")
            .formatted(subnet, rule));
    node.shell("ip route add %s dev eth0 table 100".formatted(subnet));
    node.shell("ip route add default via %s dev eth0 table 100".formatted(gateway));
    node.shell("%s add from %s table 100".formatted(rule, subnet));
    node.awaitFindings();
  }

  /** The interface eth1 of the node, without reverse path filters. */
  private void addSecondInterface() throws Exception {
    network.lan.addInterface("eth1");
    for (String each : List.of("198.18.201.%d/24", "2001:db8:201::%d/64")) {
      network.lan.ipInside("addr", "add", each.formatted(1), "dev", "eth1", "nodad");
      network.lan.ipAtNeighbor("addr", "add", each.formatted(2), "dev", "eth0", "nodad");
    }
    for (String each : List.of("all", "eth0", "eth1")) {
      sysctl(each + ".rp_filter", 0);
    }
  }

  private void sysctl(String name, int value) throws Exception {
    network.lan.runInside("sysctl", "-qw", "net.ipv4.conf." + name + "=" + value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nft delete table inet ballast|TablesChanged",
        "ip route del local 198.18.200.77 dev lo table local|RoutesDeleted"
      })
  void what_another_program_has_taken_away_is_restored_and_found(String command, String reason)
      throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);
    LineProcess client = network.prober();

    // When
    node.shell(command);

    // Then
    node.awaitFindings(reason.equals("TablesChanged") ? TABLES_CHANGED : ROUTES_DELETED);
    assertThat(client.request(V4)).isEqualTo("first");
    node.shell(command); // It is there to be deleted again.
  }

  @Test
  void an_interface_that_is_down_is_found_until_it_is_up() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);

    // When
    network.lan.ipInside("link", "set", "eth0", "down");

    // Then
    node.awaitFindings(NO_INTERFACE);
    network.lan.ipInside("link", "set", "eth0", "up");
    awaitServing(node);
  }

  @Test
  void an_interface_without_a_carrier_is_found_until_it_has_one() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);

    // When
    network.lan.ipAtSwitch("link", "set", "port1", "down");

    // Then
    node.awaitFindings(NO_INTERFACE);
    network.lan.ipAtSwitch("link", "set", "port1", "up");
    awaitServing(node);
  }

  @Test
  void an_interface_without_an_address_is_found_until_it_has_one() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);

    // When
    network.lan.ipInside("addr", "flush", "dev", "eth0");

    // Then
    node.awaitFindings(NO_INTERFACE);
    network.lan.ipInside("addr", "add", "198.18.200.1/24", "dev", "eth0");
    awaitServing(node);
  }

  @Test
  void another_address_of_the_node_causes_no_finding() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);

    // When
    network.lan.ipInside("addr", "add", "198.18.200.51/24", "dev", "eth0");
    network.lan.ipInside("addr", "del", "198.18.200.1/24", "dev", "eth0");
    network.lan.ipInside("addr", "replace", "198.18.200.51/24", "dev", "eth0");

    // Then
    awaitServing(node);
  }

  /** Without a finding, and clients reach its address. */
  private void awaitServing(DiagnosedNode node) throws Exception {
    node.acquire(V4);
    assertThat(network.prober().request(V4)).isEqualTo("first");
    assertThat(node.findings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"net_raw, NET_RAW", "net_admin, NET_ADMIN"})
  void a_capability_that_the_container_lacks_is_found(String capability, String name)
      throws Exception {
    // Given: the same process with all capabilities.
    assertThat(DiagnosedNode.start(network, "tproxy", FirewallSetting.REPORT).findings()).isEmpty();

    // When
    var powerless =
        new DiagnosedNode(
            network,
            network.process(
                network.lan.powerlessJava(
                    NodeDiagnosisProcess.class,
                    capability,
                    "tproxy",
                    FirewallSetting.REPORT.name()),
                "started"));

    // Then
    assertThat(powerless.findings())
        .first()
        .isEqualTo(
            "CapabilityMissing: The container of the data plane lacks "
                + name
                + ". | Add the capability to the container, as the chart does.");
  }

  @Test
  void a_node_without_tproxy_is_found() throws Exception {
    // When
    DiagnosedNode node = DiagnosedNode.start(network, "bind", FirewallSetting.REPORT);

    // Then
    assertThat(node.findings()).containsExactly(DiagnosedNode.NO_TPROXY);
  }
}
