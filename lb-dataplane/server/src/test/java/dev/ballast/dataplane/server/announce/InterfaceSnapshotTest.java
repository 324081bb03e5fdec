package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceChoice;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceState;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which interface an address is announced at, and why none. */
class InterfaceSnapshotTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
  private static final String ETH0_FIRST = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF";
  private static final String ETH1_SECOND = "eth1\t000200C0\t00000000\t0001\t0\t0\t10\t00FFFFFF";
  static final String DEFAULT_BY_ETH9 = "eth9\t00000000\tFEFEA8C0\t0003\t0\t0\t0\t00000000";

  @Test
  void the_interface_whose_subnet_has_the_address_is_chosen() {
    // Given
    var snapshot = snapshot(List.of(), up("eth8", "198.51.100.1/24"), up("eth0", "192.0.2.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(name(choice)).isEqualTo("eth0");
  }

  @Test
  void the_smallest_subnet_is_chosen() {
    // Given
    var snapshot =
        snapshot(
            List.of(),
            up("eth0", "192.0.2.1/16"),
            up("eth1", "192.0.2.1/24"),
            up("eth2", "192.0.2.1/20"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(name(choice)).isEqualTo("eth1");
  }

  @Test
  void of_two_interfaces_on_one_segment_the_one_is_chosen_by_which_the_kernel_sends() {
    for (String first : List.of("eth0", "eth1")) {
      // Given
      String second = first.equals("eth0") ? "eth1" : "eth0";
      var snapshot =
          snapshot(
              List.of(ETH1_SECOND.replace("eth1", second), ETH0_FIRST.replace("eth0", first)),
              up("eth0", "192.0.2.1/24"),
              up("eth1", "192.0.2.2/24"));

      // When
      InterfaceChoice choice = snapshot.choose(ADDRESS, false);

      // Then
      assertThat(name(choice)).isEqualTo(first);
    }
  }

  @Test
  void an_address_of_no_subnet_is_not_on_link() {
    // Given
    var snapshot = snapshot(List.of(DEFAULT_BY_ETH9), up("eth9", "198.51.100.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(reason(choice)).isEqualTo(RejectionReason.NOT_ON_LINK);
    assertThat(message(choice)).contains("192.0.2.7", "dataplane.interface");
  }

  @Test
  void an_address_of_no_subnet_may_use_the_interface_of_the_default_route() {
    // Given
    var snapshot =
        snapshot(
            List.of(DEFAULT_BY_ETH9), up("eth8", "203.0.113.1/24"), up("eth9", "198.51.100.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, true);

    // Then
    assertThat(name(choice)).isEqualTo("eth9");
    assertThat(name(snapshot.choose(InetAddress.ofLiteral("2001:db8::7"), true)))
        .as("IPv6 without a default route")
        .isEqualTo("eth9");
  }

  @Test
  void an_interface_that_is_down_is_not_on_link_and_the_message_names_it() {
    // Given
    var snapshot = snapshot(List.of(), down("eth0", "192.0.2.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(reason(choice)).isEqualTo(RejectionReason.NOT_ON_LINK);
    assertThat(message(choice)).contains("eth0", "down or has no carrier");
  }

  @Test
  void an_interface_that_is_up_is_chosen_before_one_that_is_down() {
    // Given
    var snapshot =
        snapshot(List.of(ETH0_FIRST), down("eth0", "192.0.2.1/24"), up("eth1", "192.0.2.2/20"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(name(choice)).isEqualTo("eth1");
  }

  @Test
  void an_interface_without_a_mac_address_is_not_chosen() {
    // Given
    var tunnel = new InterfaceState("tun0", Optional.empty(), true, subnets("192.0.2.1/24"), false);
    var snapshot = snapshot(List.of(), tunnel);

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(reason(choice)).isEqualTo(RejectionReason.NOT_ON_LINK);
  }

  @Test
  void the_configured_interface_is_chosen_whatever_subnet_it_has() {
    // Given
    var snapshot =
        configured("eth1", List.of(), up("eth0", "192.0.2.1/24"), up("eth1", "198.51.100.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(name(choice)).isEqualTo("eth1");
  }

  @Test
  void a_configured_interface_that_is_missing_or_down_is_not_on_link() {
    for (InterfaceState other : List.of(up("eth0", "192.0.2.1/24"), down("eth1", "192.0.2.1/24"))) {
      // Given
      var snapshot = configured("eth1", List.of(), other);

      // When
      InterfaceChoice choice = snapshot.choose(ADDRESS, true);

      // Then
      assertThat(reason(choice)).isEqualTo(RejectionReason.NOT_ON_LINK);
      assertThat(message(choice)).contains("eth1", "dataplane.interface");
    }
  }

  @Test
  void an_interface_is_rejected_where_a_strict_reverse_path_filter_drops_its_subnet() {
    // Given
    var snapshot =
        configured(
            "eth1",
            List.of(ETH0_FIRST, ETH1_SECOND),
            up("eth0", "192.0.2.1/24"),
            strict("eth1", "192.0.2.2/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(reason(choice)).isEqualTo(RejectionReason.REVERSE_PATH_FILTER);
    assertThat(message(choice)).contains("net.ipv4.conf.eth1.rp_filter=2", "eth0");
  }

  @Test
  void a_strict_reverse_path_filter_accepts_the_interface_by_which_the_kernel_sends() {
    // Given
    var snapshot =
        configured(
            "eth1",
            List.of(ETH0_FIRST.replace("eth0", "eth1"), DEFAULT_BY_ETH9),
            strict("eth1", "192.0.2.2/24"),
            up("eth9", "198.51.100.1/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, false);

    // Then
    assertThat(name(choice)).isEqualTo("eth1");
    assertThat(name(snapshot.choose(InetAddress.ofLiteral("203.0.113.7"), false)))
        .as("by a gateway, so not certain")
        .isEqualTo("eth1");
  }

  @Test
  void the_source_is_the_oldest_address_of_the_subnet() {
    // Given
    var snapshot =
        snapshot(
            List.of(),
            up("eth0", "fe80::1/64", "192.0.2.9/24", "192.0.2.1/24", "198.51.100.1/24"),
            up("eth1", "192.0.2.2/24"));

    // When
    Optional<InetAddress> source = snapshot.preferredSource(ADDRESS, lan("eth0"));

    // Then
    assertThat(source).contains(InetAddress.ofLiteral("192.0.2.1"));
    assertThat(snapshot.preferredSource(InetAddress.ofLiteral("203.0.113.7"), lan("eth0")))
        .as("of another subnet")
        .contains(InetAddress.ofLiteral("198.51.100.1"));
    assertThat(snapshot.preferredSource(InetAddress.ofLiteral("2001:db8::7"), lan("eth0")))
        .as("of another family")
        .isEmpty();
  }

  @Test
  void an_address_of_another_node_is_checked_from_the_own_address_on_its_link() {
    // Given
    var snapshot =
        snapshot(
            List.of(),
            up("eth0", "198.51.100.1/24"),
            up("eth1", "192.0.2.9/24", "192.0.2.1/24"),
            down("eth2", "203.0.113.1/24"));

    // When
    Optional<OnLinkSource> source = snapshot.onLinkSource(ADDRESS);

    // Then
    assertThat(source)
        .contains(new OnLinkSource('1', "00:00:00:00:00:00", InetAddress.ofLiteral("192.0.2.1")));
    assertThat(snapshot.onLinkSource(InetAddress.ofLiteral("203.0.113.7"))).as("down").isEmpty();
    assertThat(snapshot.onLinkSource(InetAddress.ofLiteral("10.0.0.1"))).as("a route").isEmpty();
  }

  @Test
  void without_an_address_of_the_same_family_nothing_is_checked() {
    // Given
    var snapshot = configured("eth1", List.of(), up("eth1", "192.0.2.1/24"));

    // When
    Optional<OnLinkSource> source = snapshot.onLinkSource(InetAddress.ofLiteral("2001:db8::7"));

    // Then
    assertThat(source).isEmpty();
  }

  static InterfaceSnapshot snapshot(List<String> routes, InterfaceState... states) {
    return snapshot(Optional.empty(), routes, states);
  }

  static InterfaceSnapshot configured(String name, List<String> routes, InterfaceState... states) {
    return snapshot(Optional.of(name), routes, states);
  }

  private static InterfaceSnapshot snapshot(
      Optional<String> configured, List<String> routes, InterfaceState... states) {
    return new InterfaceSnapshot(
        configured,
        List.of(states),
        RouteTable.ofIpv4(Stream.concat(Stream.of("Iface"), routes.stream()).toList()),
        RouteTable.ofIpv6(List.of()));
  }

  static InterfaceState up(String name, String... subnets) {
    return new InterfaceState(name, Optional.of(lan(name)), true, subnets(subnets), false);
  }

  static InterfaceState down(String name, String... subnets) {
    return new InterfaceState(name, Optional.of(lan(name)), false, subnets(subnets), false);
  }

  private static InterfaceState strict(String name, String... subnets) {
    return new InterfaceState(name, Optional.of(lan(name)), true, subnets(subnets), true);
  }

  private static LanInterface lan(String name) {
    return new LanInterface(name, name.charAt(3), new byte[6]);
  }

  private static List<Subnet> subnets(String... subnets) {
    return Arrays.stream(subnets)
        .map(subnet -> subnet.split("/", 2))
        .map(fields -> new Subnet(InetAddress.ofLiteral(fields[0]), Integer.parseInt(fields[1])))
        .toList();
  }

  static String name(InterfaceChoice choice) {
    return switch (choice) {
      case InterfaceChoice.Suitable(LanInterface lanInterface) -> lanInterface.name;
      case InterfaceChoice.Unsuitable(RejectionReason reason, String _) -> reason.toString();
    };
  }

  static RejectionReason reason(InterfaceChoice choice) {
    return ((InterfaceChoice.Unsuitable) choice).reason();
  }

  static String message(InterfaceChoice choice) {
    return ((InterfaceChoice.Unsuitable) choice).message();
  }
}
