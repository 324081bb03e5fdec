package dev.ballast.dataplane.server.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.server.steering.SteeringNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The programs iptables, which kube-proxy and network plugins run, and the accept rule. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class IptablesCompatibilityTest {

  private static final String OWN_RULE =
      "-A INPUT -m socket --transparent -m comment --comment ballast -j ACCEPT";

  private SteeringNamespace namespace;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
  }

  @AfterEach
  void stop() throws Exception {
    namespace.close();
  }

  private String sh(String command) throws Exception {
    return namespace.runOnNode("sh", "-c", command);
  }

  @Test
  void iptables_lists_saves_and_restores_a_table_with_the_accept_rule() throws Exception {
    // Given
    HostFirewall.IPTABLES.load(namespace);
    namespace.onNode(NodeFirewall::ensureAcceptRules);

    // When
    String kubeProxy =
        sh(
            "printf '*filter\\n:KUBE-SERVICES - [0:0]\\n-I INPUT -j KUBE-SERVICES\\nCOMMIT\\n'"
                + " | iptables-restore --noflush --counters && iptables-save");

    // Then
    assertThat(kubeProxy).contains(OWN_RULE, "-A INPUT -j KUBE-SERVICES");
    assertThat(sh("iptables -w -L INPUT -n")).contains("socket --transparent", "ballast");
    assertThat(sh("ip6tables-save")).contains(OWN_RULE);
  }

  @Test
  void a_rule_that_iptables_has_saved_and_restored_is_still_found_and_removed() throws Exception {
    // Given
    HostFirewall.IPTABLES.load(namespace);
    namespace.onNode(NodeFirewall::ensureAcceptRules);
    sh("iptables-save | iptables-restore");

    // When
    int removed = namespace.onNode(NodeFirewall::removeAcceptRules);

    // Then
    assertThat(removed).isEqualTo(2);
    assertThat(sh("iptables-save")).doesNotContain("ballast");
  }

  @Test
  void rules_of_iptables_legacy_are_unknown() throws Exception {
    // Given
    assumeTrue(Files.exists(Path.of("/proc/net/ip_tables_names")), "iptables-legacy");
    sh("iptables-legacy -P INPUT DROP");

    // When
    var findings = namespace.onNode(NodeFirewall::inspect);

    // Then
    var chain = new FirewallChain(FirewallProgram.IPTABLES_LEGACY, "ip", "filter", "INPUT");
    assertThat(findings).containsExactly(new FirewallFinding(chain, FirewallVerdict.UNKNOWN));
    assertThat(chain.commands("192.168.1.240/28"))
        .containsExactly("iptables-legacy -I INPUT -m socket --transparent -j ACCEPT");
  }
}
