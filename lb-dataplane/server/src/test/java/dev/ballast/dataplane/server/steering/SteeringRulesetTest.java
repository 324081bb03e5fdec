package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT_ESTABLISHED;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Binding;
import java.net.Inet4Address;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Compares the tables with those that the nft program makes of the text that it documents. The nft
 * program lists both, so that its version does not matter.
 */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class SteeringRulesetTest {

  private static final PrivateListeners LISTENERS =
      new PrivateListeners(
          OptionalInt.of(1001), OptionalInt.of(1002), OptionalInt.of(1003), OptionalInt.of(1004));

  private static final String TPROXY4 =
      """
      meta l4proto tcp ip daddr . meta l4proto . th dport @accepting4 \
      notrack tproxy ip to 127.66.0.1:1001 accept
      meta l4proto udp ip daddr . meta l4proto . th dport @accepting4 \
      notrack tproxy ip to 127.66.0.1:1003 accept
      """;

  private static final String TPROXY6 =
      """
      meta l4proto tcp ip6 daddr . meta l4proto . th dport @accepting6 \
      notrack tproxy ip6 to [::1]:1002 accept
      meta l4proto udp ip6 daddr . meta l4proto . th dport @accepting6 \
      notrack tproxy ip6 to [::1]:1004 accept
      """;

  private static final String BIND4 =
      "ip daddr . meta l4proto . th dport @accepting4 notrack accept\n";
  private static final String BIND6 =
      "ip6 daddr . meta l4proto . th dport @accepting6 notrack accept\n";

  private static String tables(String accepting4, String accepting6) {
    return """
    table inet ballast {
      set addresses4 { type ipv4_addr; elements = { 198.18.210.100 }; }
      set frontends4 {
        type ipv4_addr . inet_proto . inet_service
        elements = { 198.18.210.100 . tcp . 80, 198.18.210.100 . udp . 53 }
      }
      set accepting4 {
        type ipv4_addr . inet_proto . inet_service
        elements = { 198.18.210.100 . tcp . 80 }
      }
      set addresses6 { type ipv6_addr; elements = { 2001:db8:210::100 }; }
      set frontends6 {
        type ipv6_addr . inet_proto . inet_service
        elements = { 2001:db8:210::100 . tcp . 65535 }
      }
      set accepting6 {
        type ipv6_addr . inet_proto . inet_service
        elements = { 2001:db8:210::100 . tcp . 65535 }
      }
      set armed { type mark; elements = { 0 }; }
      set alive { type mark; size 128; flags dynamic,timeout; timeout 350ms; }
      chain raw_output {
        type filter hook output priority raw
        ip saddr . meta l4proto . th sport @frontends4 notrack accept
        oif lo ip daddr . meta l4proto . th dport @frontends4 notrack accept
        ip6 saddr . meta l4proto . th sport @frontends6 notrack accept
        oif lo ip6 daddr . meta l4proto . th dport @frontends6 notrack accept
      }
      chain fence {
        meta mark & 0 @armed meta mark & 0 != @alive drop
      }
      chain output {
        type filter hook output priority 2147483647
        udp sport 7477 udp dport 7477 update @alive { meta mark & 0 }
      }
      chain steer4 {
        tcp flags & (fin|syn|rst|ack) == syn jump fence
        meta l4proto udp jump fence
        %s
        tcp flags & (fin|syn|rst|ack) != syn \
          ip daddr . meta l4proto . th dport @frontends4 notrack accept
        icmp type echo-request jump fence
        meta l4proto icmp notrack accept
        ip frag-off & 0x1fff != 0 accept
        meta l4proto tcp reject with tcp reset
        reject
      }
      chain steer6 {
        tcp flags & (fin|syn|rst|ack) == syn jump fence
        meta l4proto udp jump fence
        %s
        tcp flags & (fin|syn|rst|ack) != syn \
          ip6 daddr . meta l4proto . th dport @frontends6 notrack accept
        icmpv6 type echo-request jump fence
        meta l4proto ipv6-icmp notrack accept
        frag frag-off != 0 accept
        meta l4proto tcp reject with tcp reset
        reject
      }
      chain prerouting {
        type filter hook prerouting priority raw
        ip daddr @addresses4 goto steer4
        ip6 daddr @addresses6 goto steer6
      }
    }
    table arp ballast {
      set addresses { type ipv4_addr; elements = { 198.18.210.100 }; }
      map sources { type iface_index : ipv4_addr; elements = { lo : 198.18.210.1 }; }
      chain input {
        type filter hook input priority filter
        arp operation request arp daddr ip @addresses drop
      }
      chain output {
        type filter hook output priority filter
        arp operation request arp saddr ip @addresses arp saddr ip set oif map @sources
      }
    }
    """
        .formatted(accepting4, accepting6);
  }

  private static void fill(Steering steering) throws Exception {
    steering.addAddress(ADDRESS);
    steering.addAddress(ADDRESS6);
    steering.setFencing(true);
    steering.setArpSource(1, (Inet4Address) SteeringNamespace.NODE);
    steering.apply(
        new FrontendChanges(
            Map.of(
                new Binding(ADDRESS, 80, TCP), ACCEPT,
                new Binding(ADDRESS, 53, UDP), ACCEPT_ESTABLISHED,
                new Binding(ADDRESS6, 65535, TCP), ACCEPT),
            Set.of()));
  }

  @Test
  void the_tables_of_mode_tproxy_are_those_that_the_nft_program_makes() throws Exception {
    assertSameTables(SteeringSetting.AUTO, tables(TPROXY4, TPROXY6));
  }

  @Test
  void the_tables_of_mode_bind_are_those_that_the_nft_program_makes() throws Exception {
    assertSameTables(SteeringSetting.BIND, tables(BIND4, BIND6));
  }

  private static void assertSameTables(SteeringSetting setting, String text) throws Exception {
    // Given
    try (SteeringNamespace namespace = new SteeringNamespace();
        Steering steering = Steering.nftables(setting)) {
      namespace.loadOnClient(text);

      // When
      namespace.onNode(() -> steering.start(LISTENERS));
      namespace.activate(steering);
      fill(steering);

      // Then
      assertThat(namespace.runOnNode("nft", "list", "ruleset"))
          .isEqualTo(namespace.runOnClient("nft", "list", "ruleset"));
    }
  }
}
