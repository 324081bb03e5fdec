package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file has addresses in the byte order of the machine, and tests run on little-endian ones. */
class RouteTableTest {

  private static final String HEADING =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
  private static final String NONE = "0".repeat(32);
  private static final String REJECTING_DEFAULT =
      NONE + " 00 " + NONE + " 00 " + NONE + " ffffffff 00000001 00000000 00200200       lo";

  private static final List<String> IPV4 =
      List.of(
          HEADING,
          "eth1\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0",
          "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
          "eth2\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
          "eth2\t800200C0\t010200C0\t0003\t0\t0\t0\t80FFFFFF\t0\t0\t0",
          "eth3\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
          "eth1\t00000000\tFE0200C0\t0003\t0\t0\t200\t00000000\t0\t0\t0",
          "eth0\t00000000\tFD0200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0");

  @Test
  void the_default_route_is_the_one_of_the_lowest_metric() {
    // When
    Optional<String> name = RouteTable.ofIpv4(IPV4).defaultInterface();

    // Then
    assertThat(name).contains("eth0");
  }

  @Test
  void the_gateways_of_all_default_routes_are_found() {
    // When
    Stream<InetAddress> gateways = RouteTable.ofIpv4(IPV4).gateways();

    // Then
    assertThat(gateways)
        .containsExactlyInAnyOrder(
            InetAddress.ofLiteral("192.0.2.254"), InetAddress.ofLiteral("192.0.2.253"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource({
    "192.0.2.7, eth0, the lowest metric and then the first route",
    "192.0.2.200, , a gateway is nearer than the subnet",
    "198.51.100.7, eth3, the only route",
    "203.0.113.7, , the default route",
    "2001:db8::7, , another family",
  })
  void the_kernel_sends_to_the_link_by_the_interface_of_the_best_route(
      String address, String interfaceName, String why) {
    // Given
    RouteTable routes = RouteTable.ofIpv4(IPV4);

    // When
    Optional<String> found = routes.onLinkInterface(InetAddress.ofLiteral(address));

    // Then
    assertThat(found).isEqualTo(Optional.ofNullable(interfaceName));
  }

  @Test
  void an_ipv6_default_route_that_rejects_is_none() {
    // Given
    List<String> lines =
        List.of(
            "20010db8010000000000000000000000 40 " + NONE + " 00 " + NONE + " 0 1 0 00000001 eth1",
            REJECTING_DEFAULT,
            NONE + " 00 " + NONE + " 00 fe80" + "0".repeat(28) + " 400 1 0 00000003     eth0");

    // When
    Optional<String> name = RouteTable.ofIpv6(lines).defaultInterface();

    // Then
    assertThat(name).contains("eth0");
  }

  @Test
  void the_gateways_of_ipv6_default_routes_are_found() {
    // Given
    String gateway = "20010db8" + "0".repeat(21) + "fe1";
    List<String> lines =
        List.of(
            REJECTING_DEFAULT,
            NONE + " 00 " + NONE + " 00 " + gateway + " 400 1 0 00000003     eth0");

    // When
    Stream<InetAddress> gateways = RouteTable.ofIpv6(lines).gateways();

    // Then
    assertThat(gateways).containsExactly(InetAddress.ofLiteral("2001:db8::fe1"));
  }

  @Test
  void the_route_that_makes_an_ipv6_address_local_says_nothing_about_its_link() {
    // Given
    List<String> lines =
        List.of(
            "20010db8000000000000000000000007 80 " + NONE + " 00 " + NONE + " 0 1 0 80200001 lo",
            "20010db8000000000000000000000000 40 " + NONE + " 00 " + NONE + " 100 1 0 00000001 e0");

    // When
    Optional<String> found =
        RouteTable.ofIpv6(lines).onLinkInterface(InetAddress.ofLiteral("2001:db8::7"));

    // Then
    assertThat(found).contains("e0");
  }

  @Test
  void a_machine_without_a_default_route_has_none() {
    // Given
    RouteTable routes = RouteTable.ofIpv4(List.of(HEADING));

    // When
    Optional<String> name = routes.defaultInterface();

    // Then
    assertThat(name).isEmpty();
  }
}
