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
    return switch (program) {
      case UFW -> List.of("ufw allow from any to " + range);
      case FIREWALLD -> firewalld(range);
      case IPTABLES -> List.of(iptables(""));
      case IPTABLES_LEGACY -> List.of(iptables("-legacy"));
      case NFTABLES ->
          List.of(
              "nft insert rule %s %s %s socket transparent 1 accept"
                  .formatted(family, table, name));
    };
  }

  private static List<String> firewalld(String range) {
    String version = range.contains(":") ? "ipv6" : "ipv4";
    String rule = "rule family=\"%s\" destination address=\"%s\" accept".formatted(version, range);
    return List.of(
        "firewall-cmd --permanent --add-rich-rule='%s'".formatted(rule), "firewall-cmd --reload");
  }

  private String iptables(String variant) {
    String program = family.equals("ip6") ? "ip6tables" : "iptables";
    String option = table.equals("filter") ? "" : " -t " + table;
    return program + variant + option + " -I " + name + " -m socket --transparent -j ACCEPT";
  }

  /** As {@code nft list chain} takes it. */
  @Override
  public String toString() {
    return family + " " + table + " " + name;
  }
}
