package dev.ballast.dataplane.server.firewall;

import java.util.List;

/**
 * A chain that sees packets to sockets of this node.
 *
 * @param family {@code inet}, {@code ip} or {@code ip6}
 */
public record FirewallChain(FirewallProgram program, String family, String table, String name) {

  /**
   * The commands, in their order, by which a user lets packets to frontends in.
   *
   * @param range the addresses of load balancers, such as {@code 192.168.1.240/28}
   */
  public List<String> commands(String range) {
    return commands(range, "socket transparent 1", "-m socket --transparent");
  }

  /** The same for frontends that are no transparent sockets, as in mode bind. */
  public List<String> commandsForBoundSockets(String range) {
    boolean ipv6 = family.equals("ip6") || range.contains(":");
    return commands(range, (ipv6 ? "ip6" : "ip") + " daddr " + range, "-d " + range);
  }

  private List<String> commands(String range, String nftMatch, String iptablesMatch) {
    return switch (program) {
      case UFW -> List.of("ufw allow from any to " + range);
      case FIREWALLD -> firewalld(range);
      case IPTABLES -> List.of(iptables("", iptablesMatch));
      case IPTABLES_LEGACY -> List.of(iptables("-legacy", iptablesMatch));
      case NFTABLES ->
          List.of("nft insert rule %s %s %s %s accept".formatted(family, table, name, nftMatch));
    };
  }

  private static List<String> firewalld(String range) {
    String version = range.contains(":") ? "ipv6" : "ipv4";
    String rule = "rule family=\"%s\" destination address=\"%s\" accept".formatted(version, range);
    return List.of(
        "firewall-cmd --permanent --add-rich-rule='%s'".formatted(rule), "firewall-cmd --reload");
  }

  private String iptables(String variant, String match) {
    String program = family.equals("ip6") ? "ip6tables" : "iptables";
    String option = table.equals("filter") ? "" : " -t " + table;
    return program + variant + option + " -I " + name + " " + match + " -j ACCEPT";
  }

  /** As {@code nft list chain} takes it. */
  @Override
  public String toString() {
    return family + " " + table + " " + name;
  }
}
