package dev.ballast.dataplane.server.diagnosis;

import static dev.ballast.dataplane.server.diagnosis.DiagnosedNode.V4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.AnnouncerNetwork;
import dev.ballast.dataplane.server.announce.LineProcess;
import dev.ballast.dataplane.server.announce.ServeHostnameProcess;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node finds out about its firewall, in a network namespace. */
@Tag("feature:reachability")
class FirewallDiagnosisTest {

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  private static final String ADDRESS =
      " ADDRESS is the address of a Service, or the range of a pool.";

  /** The command that the remedy of the only finding names. */
  private static String command(DiagnosedNode node) throws IOException {
    String finding = node.findings().getFirst();
    String introduction = "| Run on this node: ";
    return finding.substring(finding.indexOf(introduction) + introduction.length())
        .split("\\. ", 2)[0];
  }

  private static String mayDrop(String chain, String program, String command) {
    return ("FirewallMayDrop: The chain %s of its firewall (%s) drops by default, and has no rule"
                + " that certainly accepts connections to Services. | Run on this node: %s.")
            .formatted(chain, program, command)
        + (command.contains("ADDRESS") ? ADDRESS : "")
        + (program.equals("ufw") ? "" : " Save the rule, or a reload removes it.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          nft 'add table inet filter; add chain inet filter in { type filter hook input priority 0; policy drop; }' | inet filter in | nftables | nft insert rule inet filter in socket transparent 1 accept
          iptables -P INPUT DROP | ip filter INPUT | iptables | iptables -I INPUT -m socket --transparent -j ACCEPT
          """)
  void a_firewall_that_drops_is_found_until_the_command_of_its_remedy_runs(
      String firewall, String chain, String program, String command) throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);
    LineProcess client = network.prober();
    assertThat(client.request(V4)).isEqualTo("first");

    // When
    node.shell(firewall);

    // Then
    node.awaitFindings(mayDrop(chain, program, command));
    assertThat(client.request(V4)).startsWith("failed");
    node.shell(command(node));
    node.awaitFindings();
    assertThat(client.request(V4)).isEqualTo("first");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          nft 'add table inet filter; add chain inet filter in { type filter hook input priority 0; policy drop; }' | inet filter in | nftables | nft insert rule inet filter in ip daddr ADDRESS accept
          iptables -P INPUT DROP | ip filter INPUT | iptables | iptables -I INPUT -d ADDRESS -j ACCEPT
          """)
  void without_tproxy_the_command_accepts_the_addresses(
      String firewall, String chain, String program, String command) throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.start(network, "bind", FirewallSetting.REPORT);
    node.acquire(V4);
    network.process(network.lan.java(ServeHostnameProcess.class, "first"), "greeting");
    LineProcess client = network.prober();
    assertThat(client.request(V4)).isEqualTo("first");
    node.awaitFindings(DiagnosedNode.NO_TPROXY);

    // When
    node.shell(firewall);

    // Then
    node.awaitFindings(mayDrop(chain, program, command), DiagnosedNode.NO_TPROXY);
    assertThat(client.request(V4)).startsWith("failed");
    node.shell(command(node).replace("ADDRESS", V4));
    node.awaitFindings(DiagnosedNode.NO_TPROXY);
    assertThat(client.request(V4)).isEqualTo("first");
  }

  @Test
  void the_firewall_of_ufw_is_found_until_it_allows_the_addresses() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.REPORT, V4);
    LineProcess client = network.prober();

    // When
    network.lan.runInside("iptables-restore", resource("/firewall/ufw.rules"));

    // Then
    node.awaitFindings(mayDrop("ip filter INPUT", "ufw", "ufw allow from any to ADDRESS"));
    assertThat(client.request(V4)).startsWith("failed");
    // What the command makes.
    node.shell("iptables -A ufw-user-input -d 198.18.200.64/26 -j ACCEPT");
    node.awaitFindings();
    assertThat(client.request(V4)).isEqualTo("first");
  }

  private static String resource(String name) throws Exception {
    return Path.of(FirewallDiagnosisTest.class.getResource(name).toURI()).toString();
  }

  @Test
  void a_managed_firewall_lets_clients_in_and_has_no_finding() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.MANAGE, V4);
    LineProcess client = network.prober();

    // When
    loadFirewall();

    // Then
    assertThat(node.findings()).isEmpty();
    assertThat(inputChain()).contains("socket transparent 1 accept comment \"ballast\"");
    assertThat(client.request(V4)).isEqualTo("first");
  }

  @Test
  void a_reload_of_a_managed_firewall_brings_the_rule_back() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.MANAGE, V4);
    LineProcess client = network.prober();
    loadFirewall();
    assertThat(node.findings()).isEmpty();
    String before = inputChain();

    // When
    node.shell(
        "nft 'flush chain inet filter input; add rule inet filter input tcp dport 22 accept'");

    // Then
    assertThat(node.findings()).isEmpty();
    assertThat(inputChain()).isEqualTo(before).contains("ballast");
    assertThat(client.request(V4)).isEqualTo("first");
  }

  @Test
  void the_rule_of_a_managed_firewall_is_removed_for_good() throws Exception {
    // Given
    DiagnosedNode node = DiagnosedNode.sound(network, FirewallSetting.MANAGE, V4);
    String without = loadFirewall();
    assertThat(node.findings()).isEmpty();
    assertThat(network.lan.runInside("nft", "list", "ruleset")).contains("comment \"ballast\"");

    // When
    node.process().request("remove-rules");

    // Then
    node.awaitFindings(
        mayDrop(
            "inet filter input",
            "nftables",
            "nft insert rule inet filter input socket transparent 1 accept"));
    assertThat(network.lan.runInside("nft", "list", "ruleset")).doesNotContain("comment");
    assertThat(inputChain()).isEqualTo(without);
  }

  /**
   * Loads a chain that drops all but SSH.
   *
   * @return the chain without a rule of the node
   */
  private String loadFirewall() throws Exception {
    network.lan.rulesInside(
        """
        table inet filter {
          chain input {
            type filter hook input priority 0; policy drop;
            tcp dport 22 accept
          }
        }
        """);
    return inputChain().replaceAll("(?m)^.*ballast.*\\R", "");
  }

  private String inputChain() throws Exception {
    return network.lan.runInside("nft", "list", "chain", "inet", "filter", "input");
  }
}
