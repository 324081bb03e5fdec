package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.NODE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringNamespace;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import dev.ballast.dataplane.server.steering.TransparentSockets;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packets to frontends on a node with a firewall. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class NodeFirewallTest {

  private static final int DAEMON = 8081;

  /** How long a client waits; a packet that is lost takes longer. */
  private static final int TIMEOUT_MILLIS = 500;

  private SteeringNamespace namespace;
  private TransparentSockets sockets;
  private Steering steering;
  private ServerSocket daemon;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    sockets = namespace.onNode(TransparentSockets::new);
    daemon = namespace.onNode(() -> new ServerSocket(DAEMON));
    steering = Steering.nftables(SteeringSetting.AUTO);
    namespace.onNode(() -> steering.start(sockets.listeners()));
    namespace.activate(steering);
    for (InetAddress address : List.of(ADDRESS, ADDRESS6)) {
      steering.addAddress(address);
      steering.apply(
          new FrontendChanges(
              Map.of(new Binding(address, 80, TCP), ACCEPT, new Binding(address, 53, UDP), ACCEPT),
              Set.of()));
    }
  }

  @AfterEach
  void stop() throws Exception {
    steering.close();
    sockets.close();
    daemon.close();
    namespace.close();
  }

  private List<FirewallFinding> inspect() throws Exception {
    return namespace.onNode(NodeFirewall::inspect);
  }

  private AcceptRulesResult ensureAcceptRules() throws Exception {
    return namespace.onNode(NodeFirewall::ensureAcceptRules);
  }

  /** The rules without the counters of packets. */
  private String ruleset() throws Exception {
    return namespace
        .runOnNode("nft", "-a", "list", "ruleset")
        .replaceAll("packets \\d+ bytes \\d+", "");
  }

  private void connect(InetAddress address, int port) throws Exception {
    namespace.onClient(
        () -> {
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
            return socket.isConnected();
          }
        });
  }

  private void assertReachable(InetAddress address) throws Exception {
    connect(address, 80);
    sockets.accept(address.equals(ADDRESS6)).close();
    try (DatagramSocket client = namespace.onClient(() -> new DatagramSocket())) {
      client.send(new DatagramPacket(new byte[1], 1, address, 53));
      assertThat(sockets.receive(address.equals(ADDRESS6)))
          .isEqualTo(new InetSocketAddress(address, 53));
    }
  }

  private void assertBlocked(InetAddress address, int port) {
    assertThatThrownBy(() -> connect(address, port))
        .as("%s port %d", address, port)
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void the_inspection_names_the_chains_that_may_drop_and_their_program(HostFirewall firewall)
      throws Exception {
    // Given
    firewall.load(namespace);

    // When
    List<FirewallFinding> findings = inspect();

    // Then
    assertThat(findings)
        .extracting(FirewallFinding::chain)
        .containsExactlyInAnyOrderElementsOf(firewall.chains());
    assertThat(findings)
        .extracting(FirewallFinding::verdict)
        .containsOnly(FirewallVerdict.MAY_DROP);
  }

  @ParameterizedTest
  @EnumSource
  void the_accept_rule_lets_clients_reach_frontends_and_no_other_daemon(HostFirewall firewall)
      throws Exception {
    // Given
    connect(NODE, DAEMON);
    firewall.load(namespace);
    assertBlocked(ADDRESS, 80);
    assertBlocked(ADDRESS6, 80);

    // When
    AcceptRulesResult result = ensureAcceptRules();

    // Then
    assertThat(result).isEqualTo(new AcceptRulesResult(firewall.chains().size(), List.of()));
    assertReachable(ADDRESS);
    assertReachable(ADDRESS6);
    assertBlocked(NODE, DAEMON);
    assertThat(inspect()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void a_second_call_adds_nothing_until_the_firewall_is_reloaded(HostFirewall firewall)
      throws Exception {
    // Given
    firewall.load(namespace);
    ensureAcceptRules();
    int again = ensureAcceptRules().added();
    firewall.load(namespace);
    assertBlocked(ADDRESS, 80);

    // When
    int afterReload = ensureAcceptRules().added();

    // Then
    assertThat(again).isZero();
    assertThat(afterReload).isEqualTo(firewall.chains().size());
    assertReachable(ADDRESS);
  }

  @ParameterizedTest
  @EnumSource
  void removing_leaves_the_rules_of_the_firewall_as_they_were(HostFirewall firewall)
      throws Exception {
    // Given
    firewall.load(namespace);
    String before = ruleset();
    ensureAcceptRules();
    assertThat(ruleset()).isNotEqualTo(before);

    // When
    int removed = namespace.onNode(NodeFirewall::removeAcceptRules);

    // Then
    assertThat(removed).isEqualTo(firewall.chains().size());
    assertThat(ruleset()).isEqualTo(before);
    assertThat(namespace.onNode(NodeFirewall::removeAcceptRules)).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"NFTABLES", "IPTABLES"})
  void the_commands_for_the_user_let_clients_in(HostFirewall firewall) throws Exception {
    // Given
    firewall.load(namespace);

    // When
    for (FirewallFinding finding : inspect()) {
      for (String command : finding.chain().commands("198.18.210.96/28")) {
        namespace.runOnNode("sh", "-c", command);
      }
    }

    // Then
    assertThat(inspect()).isEmpty();
    assertReachable(ADDRESS);
    assertReachable(ADDRESS6);
    assertBlocked(NODE, DAEMON);
  }

  @ParameterizedTest
  @EnumSource
  void a_rule_for_the_range_of_the_addresses_is_enough_for_them(HostFirewall firewall)
      throws Exception {
    // Given
    firewall.load(namespace);
    String accept = " ip daddr 198.18.210.96/28 accept";

    // When
    switch (firewall) {
      // What ufw allow makes.
      case UFW ->
          namespace.runOnNode(
              "sh", "-c", "iptables -A ufw-user-input -d 198.18.210.96/28 -j ACCEPT");
      // What firewall-cmd --add-rich-rule makes.
      case FIREWALLD ->
          namespace.runOnNode("nft", "add rule inet firewalld filter_IN_public_allow" + accept);
      case NFTABLES -> namespace.runOnNode("nft", "add rule inet filter input" + accept);
      case IPTABLES ->
          namespace.runOnNode("sh", "-c", "iptables -A INPUT -d 198.18.210.96/28 -j ACCEPT");
    }

    // Then
    assertThat(namespace.onNode(() -> NodeFirewall.inspect(List.of(ADDRESS)))).isEmpty();
    assertThat(namespace.onNode(() -> NodeFirewall.inspect(List.of(ADDRESS, NODE)))).hasSize(1);
    assertReachable(ADDRESS);
  }

  @Test
  void a_table_that_only_its_program_may_change_is_a_failure_and_others_get_the_rule()
      throws Exception {
    // Given
    HostFirewall.NFTABLES.load(namespace);
    Process owner =
        new ProcessBuilder("ip", "netns", "exec", namespace.name(), "nft", "-i")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var input = owner.outputWriter(UTF_8)) {
      input.write(
          "add table inet firewalld { flags owner; }\n"
              + "add chain inet firewalld in { type filter hook input priority 10; policy drop; }\n");
      input.flush();
      await().until(() -> inspect().size() == 2);

      // When
      AcceptRulesResult result = ensureAcceptRules();

      // Then
      assertThat(result.added()).isEqualTo(1);
      assertThat(result.failures())
          .singleElement()
          .satisfies(
              failure -> {
                assertThat(failure.chain()).hasToString("inet firewalld in");
                assertThat(failure.cause()).hasMessageContaining("not permitted");
              });
    } finally {
      owner.destroy();
    }
  }

  @Test
  void a_node_that_accepts_by_default_has_no_finding_and_gets_no_rule() throws Exception {
    // Given
    namespace.loadOnNode(
        """
        table inet filter {
          chain input {
            type filter hook input priority filter; policy accept;
            ct state invalid drop
            tcp dport 25 drop
          }
          chain forward { type filter hook forward priority filter; policy drop; }
        }
        """);
    for (String rule :
        List.of(
            "-N KUBE-FIREWALL",
            "-A INPUT -j KUBE-FIREWALL",
            "-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP",
            "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack"
                + " ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP")) {
      namespace.runOnNode("sh", "-c", "iptables " + rule);
    }

    // When
    List<FirewallFinding> findings = inspect();

    // Then
    assertThat(findings).isEmpty();
    assertThat(ensureAcceptRules()).isEqualTo(new AcceptRulesResult(0, List.of()));
    assertReachable(ADDRESS);
  }
}
