package dev.ballast.dataplane.server.reachability;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class DefaultGatewayTest {

  private static final String IPV4 =
      """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      eth0\t000212AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
      eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
      """;

  private static final String IPV6 =
      """
      fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0
      00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth0
      """;

  @Test
  void the_gateway_is_that_of_the_default_route() {
    assertThat(DefaultGateway.ofIpv4Routes(IPV4, "eth0"))
        .contains(InetAddress.ofLiteral("172.18.0.1"));
    assertThat(DefaultGateway.ofIpv6Routes(IPV6, "eth0"))
        .contains(InetAddress.ofLiteral("fd00::1"));
  }

  @Test
  void a_node_without_a_default_route_has_no_gateway() {
    assertThat(DefaultGateway.ofIpv4Routes(IPV4.lines().limit(2).toList().toString(), "eth0"))
        .isEmpty();
    assertThat(DefaultGateway.ofIpv4Routes("", "eth0")).isEmpty();
    assertThat(DefaultGateway.ofIpv6Routes("", "eth0")).isEmpty();
  }

  @Test
  void a_gateway_at_another_interface_says_nothing_about_the_network_of_the_node() {
    assertThat(DefaultGateway.ofIpv4Routes(IPV4, "eth1")).isEmpty();
    assertThat(DefaultGateway.ofIpv6Routes(IPV6, "eth1")).isEmpty();
  }
}
