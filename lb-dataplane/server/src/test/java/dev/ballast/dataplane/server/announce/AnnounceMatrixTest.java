package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An address of either family, on every kind of interface and under every sysctl of a node that
 * decides whether the kernel answers ARP and accepts packets: a neighbor that has no entry reaches
 * it, or the node tells why it does not announce it.
 */
@Tag("feature:address")
class AnnounceMatrixTest {

  private static final List<Integer> ARP_IGNORE = List.of(0, 1, 2, 8);
  private static final List<Integer> RP_FILTER = List.of(0, 1, 2);
  private static final List<String> ADDRESSES = List.of("198.18.200.77", "2001:db8:200::77");

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  private static final String BRIDGE_COMMANDS =
      """
      link add br0 type bridge
      link set br0 up
      addr flush dev eth0
      link set eth0 master br0
      addr add 198.18.200.1/24 dev br0
      addr add 2001:db8:200::1/64 dev br0 nodad
      """;

  /** How the node of the announcer is connected. Each line is a command of ip(8). */
  enum Topology {
    ONE_INTERFACE("-", ""),

    /** The kernel sends by eth0, and the setting names the other one. */
    TWO_ON_ONE_SEGMENT(
        "eth1",
        """
        addr add 198.18.200.11/24 dev eth1
        addr add 2001:db8:200::11/64 dev eth1 nodad
        """),

    /** Where br_netfilter calls the rules of nftables, tproxy does not work: see {@link #nodes}. */
    BRIDGE_PORT_WITH_BR_NETFILTER("-", BRIDGE_COMMANDS),

    BRIDGE_PORT("-", BRIDGE_COMMANDS),

    MACVLAN(
        "-",
        """
        link add link eth0 name macvlan0 type macvlan mode bridge
        addr flush dev eth0
        link set macvlan0 up
        addr add 198.18.200.1/24 dev macvlan0
        addr add 2001:db8:200::1/64 dev macvlan0 nodad
        """),

    /** The switch passes tagged frames as they are. */
    VLAN(
        "-",
        """
        link add link eth0 name vlan7 type vlan id 7
        addr flush dev eth0
        link set vlan7 up
        addr add 198.18.200.1/24 dev vlan7
        addr add 2001:db8:200::1/64 dev vlan7 nodad
        """),

    BOND(
        "-",
        """
        link add bond0 type bond mode active-backup
        link set eth0 down
        addr flush dev eth0
        link set eth0 master bond0
        link set bond0 up
        addr add 198.18.200.1/24 dev bond0
        addr add 2001:db8:200::1/64 dev bond0 nodad
        """);

    private final String configuredInterface;
    private final List<String> commands;

    Topology(String configuredInterface, String commands) {
      this.configuredInterface = configuredInterface;
      this.commands = commands.lines().toList();
    }
  }

  static List<Arguments> nodes() {
    List<Arguments> nodes = new ArrayList<>();
    for (Topology topology : Topology.values()) {
      for (String mode : List.of("tproxy", "bind")) {
        nodes.add(Arguments.of(topology, mode));
      }
    }
    return nodes;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("nodes")
  void an_address_is_reached_or_rejected_with_a_reason(Topology topology, String mode)
      throws Exception {
    // Given
    assumeFalse(
        topology == Topology.BRIDGE_PORT_WITH_BR_NETFILTER && mode.equals("tproxy"),
        "br_netfilter calls the prerouting rules inside the bridge, and the kernel then forgets the"
            + " socket that tproxy has assigned");
    connect(topology);
    LineProcess announcer = network.steeredNode(mode, "0", topology.configuredInterface);
    LineProcess connectProbe = mode.equals("bind") ? network.connectProbe() : network.prober();

    for (int arpIgnore : ARP_IGNORE) {
      for (int rpFilter : RP_FILTER) {
        // When
        setUp(announcer, topology, arpIgnore, rpFilter);

        // Then
        for (String address : ADDRESSES) {
          assertThat(result(announcer, connectProbe, address))
              .as("arp_ignore=%d rp_filter=%d %s", arpIgnore, rpFilter, address)
              .isEqualTo(expected(topology, rpFilter, address));
        }
      }
    }
  }

  private static String expected(Topology topology, int rpFilter, String address) {
    boolean dropped =
        topology == Topology.TWO_ON_ONE_SEGMENT && rpFilter == 1 && !address.contains(":");
    return dropped ? "rejected: ReversePathFilter" : "first";
  }

  private void connect(Topology topology) throws Exception {
    if (topology == Topology.TWO_ON_ONE_SEGMENT) {
      network.lan.addInterface("eth1");
    }
    for (String command : topology.commands) {
      try {
        network.lan.ipInside(command.split(" ", -1));
      } catch (AssertionError e) {
        assumeTrue(
            !String.valueOf(e.getMessage()).contains("Unknown device type"),
            "the kernel of this machine has no interfaces of the kind " + topology);
        throw e;
      }
    }
    if (topology == Topology.BRIDGE_PORT) {
      network.lan.runInside(
          "sysctl",
          "-qw",
          "net.bridge.bridge-nf-call-iptables=0",
          "net.bridge.bridge-nf-call-ip6tables=0");
    }
    if (topology == Topology.VLAN) {
      network.lan.ipAtNeighbor(
          "link", "add", "link", "eth0", "name", "vlan7", "type", "vlan", "id", "7");
      network.lan.ipAtNeighbor("addr", "flush", "dev", "eth0");
      network.lan.ipAtNeighbor("link", "set", "vlan7", "up");
      network.lan.ipAtNeighbor("addr", "add", "198.18.200.2/24", "dev", "vlan7");
      network.lan.ipAtNeighbor("addr", "add", "2001:db8:200::2/64", "dev", "vlan7", "nodad");
    }
  }

  /** The kernel takes the larger value of all and of the interface, whose own is 0 here. */
  private void setUp(LineProcess announcer, Topology topology, int arpIgnore, int rpFilter)
      throws Exception {
    announcer.request("release");
    network.lan.runInside(
        "sysctl",
        "-qw",
        "net.ipv4.conf.all.arp_ignore=" + arpIgnore,
        "net.ipv4.conf.all.arp_announce=" + (arpIgnore == 0 ? 0 : 2),
        "net.ipv4.conf.all.rp_filter=" + rpFilter);
    network.lan.ipAtNeighbor("neigh", "flush", "all");
    // The announcer hears of a new rp_filter a moment later.
    boolean rejected = expected(topology, rpFilter, ADDRESSES.getFirst()).startsWith("rejected");
    await()
        .atMost(ofSeconds(10))
        .until(
            () ->
                announcer.request("acquire " + ADDRESSES.getFirst()).contains("ReversePathFilter")
                    == rejected);
  }

  private static String result(LineProcess announcer, LineProcess connectProbe, String address)
      throws Exception {
    String acquired = announcer.request("acquire " + address);
    if (!acquired.equals("Acquired[]")) {
      return acquired.replaceFirst("^AcquireRejected\\[reason=(\\w+),.*", "rejected: $1");
    }
    return connectProbe.request(address);
  }
}
