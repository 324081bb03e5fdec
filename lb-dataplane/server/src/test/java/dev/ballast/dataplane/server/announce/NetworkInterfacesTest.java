package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkInterfacesTest {

  @ParameterizedTest
  @CsvSource({
    "198.18.100.1, 198.18.100.77, 24, true",
    "198.18.100.1, 198.18.101.77, 24, false",
    "198.18.100.1, 198.18.102.77, 23, false",
    "198.18.100.1, 198.18.102.77, 22, true",
    "198.18.100.1, 198.18.100.2, 31, false",
    "198.18.100.1, 198.18.100.1, 32, true",
    "198.18.100.1, 203.0.113.1, 0, true",
    "2001:db8::1, 2001:db8::ffff, 64, true",
    "2001:db8::1, 2001:db9::1, 64, false",
    "2001:db8::1, 198.18.100.1, 0, false",
  })
  void a_subnet_contains_the_addresses_with_its_prefix(
      String own, String address, int prefix, boolean same) {
    // Given
    InetAddress one = InetAddress.ofLiteral(own);

    // When
    boolean found = NetworkInterfaces.sameNetwork(one, InetAddress.ofLiteral(address), prefix);

    // Then
    assertThat(found).isEqualTo(same);
  }

  @Test
  void the_default_route_is_found() {
    // Given
    List<String> lines =
        List.of(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth1\t0000FEA9\t00000000\t0001\t0\t0\t1000\t0000FFFF\t0\t0\t0",
            "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0");

    // When
    Optional<String> name = NetworkInterfaces.defaultRoute(lines);

    // Then
    assertThat(name).contains("eth0");
  }

  @Test
  void the_ipv6_default_route_is_not_the_one_that_rejects() {
    // Given
    String none = "0".repeat(32);
    List<String> lines =
        List.of(
            "20010db8010000000000000000000000 40 " + none + " 00 " + none + " 0 1 0 00000001 eth1",
            none + " 00 " + none + " 00 " + none + " ffffffff 00000001 00000000 00200200       lo",
            none + " 00 " + none + " 00 fe80" + "0".repeat(28) + " 400 1 0 00000003     eth0");

    // When
    Optional<String> name = NetworkInterfaces.defaultIpv6Route(lines);

    // Then
    assertThat(name).contains("eth0");
  }

  @Test
  void a_machine_without_a_default_route_has_none() {
    // Given
    List<String> lines = List.of("Iface\tDestination\tGateway");

    // When
    Optional<String> name = NetworkInterfaces.defaultRoute(lines);

    // Then
    assertThat(name).isEmpty();
  }

  @Test
  void a_configured_interface_that_does_not_exist_is_not_used() throws Exception {
    // Given
    var networkInterfaces = new NetworkInterfaces(Optional.of("no-such-if0"));

    // When
    Optional<NetworkInterfaces.LanInterface> lanInterface =
        networkInterfaces.interfaceFor(InetAddress.ofLiteral("198.18.100.77"));

    // Then
    assertThat(lanInterface).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 24, 192.0.2.0, it is the network address of 192.0.2.0/24",
    "192.0.2.1, 24, 192.0.2.255, it is the broadcast address of 192.0.2.0/24",
    "192.0.2.1, 24, 192.0.2.7,",
    "192.0.2.1, 24, 192.0.3.255,",
    "192.0.2.1, 22, 192.0.2.255,",
    "192.0.2.1, 22, 192.0.3.255, it is the broadcast address of 192.0.0.0/22",
    "192.0.2.1, 31, 192.0.2.0,",
    "192.0.2.1, 32, 192.0.2.1,",
    "2001:db8::1, 64, 2001:db8::,",
  })
  void the_first_and_the_last_address_of_a_subnet_are_unusable(
      String own, int prefix, String address, String why) {
    // Given
    InetAddress asked = InetAddress.ofLiteral(address);

    // When
    Optional<String> found =
        NetworkInterfaces.unusableMessage(InetAddress.ofLiteral(own), prefix, asked);

    // Then
    assertThat(found).isEqualTo(Optional.ofNullable(why));
  }

  @Test
  void the_gateways_of_default_routes_are_found() {
    // Given
    List<String> lines =
        List.of(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth0\t0000FEA9\t010200C0\t0003\t0\t0\t1000\t0000FFFF\t0\t0\t0",
            "eth1\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0",
            "eth0\t00000000\tFE0200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0");

    // When
    List<InetAddress> gateways = NetworkInterfaces.gateways(lines).toList();

    // Then: the file has them in the byte order of the machine, and tests run on little-endian
    // ones.
    assertThat(gateways).containsExactly(InetAddress.ofLiteral("192.0.2.254"));
  }

  @Test
  void the_gateways_of_ipv6_default_routes_are_found() {
    // Given
    String none = "0".repeat(32);
    String gateway = "20010db8" + "0".repeat(21) + "fe1";
    List<String> lines =
        List.of(
            none + " 00 " + none + " 00 " + none + " ffffffff 00000001 00000000 00200200       lo",
            none + " 00 " + none + " 00 " + gateway + " 400 1 0 00000003     eth0");

    // When
    List<InetAddress> gateways = NetworkInterfaces.ipv6Gateways(lines).toList();

    // Then
    assertThat(gateways).containsExactly(InetAddress.ofLiteral("2001:db8::fe1"));
  }
}
