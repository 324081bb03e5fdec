package dev.ballast.dataplane.server.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FirewallChainTest {

  private static final String RANGE = "192.168.1.240/28";
  private static final String RANGE6 = "2001:db8::/64";

  @Test
  void ufw_allows_a_range() {
    // Given
    var chain = new FirewallChain(FirewallProgram.UFW, "ip", "filter", "INPUT");

    // When
    var commands = chain.commands(RANGE);

    // Then
    assertThat(commands).containsExactly("ufw allow from any to 192.168.1.240/28");
  }

  @Test
  void firewalld_gets_a_rich_rule_of_the_family_of_the_range_and_is_reloaded() {
    // Given
    var chain = new FirewallChain(FirewallProgram.FIREWALLD, "inet", "firewalld", "filter_INPUT");

    // When
    var commands = chain.commands(RANGE6);

    // Then
    assertThat(commands)
        .containsExactly(
            "firewall-cmd --permanent --add-rich-rule='rule family=\"ipv6\""
                + " destination address=\"2001:db8::/64\" accept'",
            "firewall-cmd --reload");
    assertThat(chain.commands(RANGE).getFirst())
        .contains("family=\"ipv4\" destination address=\"192.168.1.240/28\" accept");
  }

  @Test
  void iptables_accepts_transparent_sockets_in_its_own_program_and_table() {
    // Given
    var mangle6 = new FirewallChain(FirewallProgram.IPTABLES, "ip6", "mangle", "INPUT");

    // When
    var commands = mangle6.commands(RANGE6);

    // Then
    assertThat(commands)
        .containsExactly("ip6tables -t mangle -I INPUT -m socket --transparent -j ACCEPT");
  }

  @Test
  void nft_inserts_a_rule_into_the_chain_itself() {
    // Given
    var chain = new FirewallChain(FirewallProgram.NFTABLES, "inet", "my_table", "in");

    // When
    var commands = chain.commands(RANGE);

    // Then
    assertThat(commands)
        .containsExactly("nft insert rule inet my_table in socket transparent 1 accept");
    assertThat(chain).hasToString("inet my_table in");
  }

  @Test
  void bound_sockets_need_a_rule_for_the_range() {
    // Given
    var inet = new FirewallChain(FirewallProgram.NFTABLES, "inet", "my_table", "in");
    var mangle6 = new FirewallChain(FirewallProgram.IPTABLES, "ip6", "mangle", "INPUT");

    // When
    var commands = inet.commandsForBoundSockets(RANGE6);

    // Then
    assertThat(commands)
        .containsExactly("nft insert rule inet my_table in ip6 daddr 2001:db8::/64 accept");
    assertThat(inet.commandsForBoundSockets(RANGE))
        .containsExactly("nft insert rule inet my_table in ip daddr 192.168.1.240/28 accept");
    assertThat(mangle6.commandsForBoundSockets(RANGE6))
        .containsExactly("ip6tables -t mangle -I INPUT -d 2001:db8::/64 -j ACCEPT");
  }
}
