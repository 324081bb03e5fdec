package dev.ballast.dataplane.server.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.firewall.FirewallChain;
import dev.ballast.dataplane.server.firewall.FirewallProgram;
import dev.ballast.dataplane.server.steering.SteeringMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:reachability")
class FirewallMessagesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UFW | 198.18.100.7 | Run on node n1: ufw allow from any to 198.18.100.7.
          IPTABLES | 198.18.100.7 | Run on node n1: iptables -I in -m socket --transparent -j ACCEPT. Save the rule, or a reload removes it.
          NFTABLES | fd00::1 | Run on node n1: nft insert rule ip filter in socket transparent 1 accept. Save the rule, or a reload removes it.
          """)
  void the_remedy_for_an_address_is_a_command_that_works(
      FirewallProgram program, String address, String expected) {
    // Given
    var chain = new FirewallChain(program, "ip", "filter", "in");

    // When
    String remedy =
        FirewallMessages.forAddress(
            FirewallMessages.of(chain, SteeringMode.TPROXY).remedy(), "n1", address);

    // Then
    assertThat(remedy).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"198.18.100.7, ipv4", "fd00::1, ipv6"})
  void a_rule_for_firewalld_has_the_family_of_the_address(String address, String family) {
    // Given
    var chain = new FirewallChain(FirewallProgram.FIREWALLD, "inet", "firewalld", "filter_INPUT");

    // When
    String remedy =
        FirewallMessages.forAddress(
            FirewallMessages.of(chain, SteeringMode.TPROXY).remedy(), "n1", address);

    // Then
    assertThat(remedy)
        .contains(
            "rule family=\"%s\" destination address=\"%s\" accept".formatted(family, address));
  }
}
