package dev.ballast.dataplane.server.firewall;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.steering.SteeringNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Firewalls of nodes that drop by default and let SSH in. */
enum HostFirewall {
  /** What {@code iptables-save} shows after {@code ufw enable} and {@code ufw allow 22/tcp}. */
  UFW(
      new FirewallChain(FirewallProgram.UFW, "ip", "filter", "INPUT"),
      new FirewallChain(FirewallProgram.UFW, "ip6", "filter", "INPUT")) {
    @Override
    void load(SteeringNamespace namespace) throws IOException, InterruptedException {
      namespace.runOnNode("iptables-restore", resource("ufw.rules").toString());
      namespace.runOnNode("ip6tables-restore", resource("ufw6.rules").toString());
    }
  },
  /** What {@code nft list table inet firewalld} shows of the input hook, of firewalld 1.3.3. */
  FIREWALLD(new FirewallChain(FirewallProgram.FIREWALLD, "inet", "firewalld", "filter_INPUT")) {
    @Override
    void load(SteeringNamespace namespace) throws IOException, InterruptedException {
      namespace.loadOnNode("table inet firewalld\ndelete table inet firewalld\n");
      namespace.loadOnNode(Files.readString(resource("firewalld.nft"), UTF_8));
    }
  },
  NFTABLES(new FirewallChain(FirewallProgram.NFTABLES, "inet", "filter", "input")) {
    @Override
    void load(SteeringNamespace namespace) throws IOException, InterruptedException {
      namespace.loadOnNode(
          """
          table inet filter
          delete table inet filter
          table inet filter {
            chain input {
              type filter hook input priority filter; policy drop;
              ct state established,related accept
              iif lo accept
              meta l4proto { icmp, ipv6-icmp } accept
              tcp dport 22 accept
            }
          }
          """);
    }
  },
  IPTABLES(
      new FirewallChain(FirewallProgram.IPTABLES, "ip", "filter", "INPUT"),
      new FirewallChain(FirewallProgram.IPTABLES, "ip6", "filter", "INPUT")) {
    @Override
    void load(SteeringNamespace namespace) throws IOException, InterruptedException {
      for (String program : List.of("iptables", "ip6tables")) {
        String icmp = program.equals("iptables") ? "icmp" : "icmpv6";
        namespace.runOnNode(program, "-F", "INPUT");
        namespace.runOnNode(program, "-P", "INPUT", "DROP");
        namespace.runOnNode(program, "-A", "INPUT", "-p", icmp, "-j", "ACCEPT");
        String[] rule = "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT".split(" ", -1);
        namespace.runOnNode(command(program, rule));
        namespace.runOnNode(
            command(program, "-A INPUT -p tcp --dport 22 -j ACCEPT".split(" ", -1)));
      }
    }
  };

  private final List<FirewallChain> chains;

  HostFirewall(FirewallChain... chains) {
    this.chains = List.of(chains);
  }

  /** The base chains of the hook input. */
  List<FirewallChain> chains() {
    return chains;
  }

  /** Loads the rules, or loads them again. */
  abstract void load(SteeringNamespace namespace) throws IOException, InterruptedException;

  private static String[] command(String program, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = program;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return command;
  }

  static Path resource(String name) {
    try (var input = HostFirewall.class.getResourceAsStream("/firewall/" + name)) {
      Path copy = Files.createTempFile("ballast-", name);
      copy.toFile().deleteOnExit();
      Files.write(copy, input.readAllBytes());
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
