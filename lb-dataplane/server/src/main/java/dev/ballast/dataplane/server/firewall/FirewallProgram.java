package dev.ballast.dataplane.server.firewall;

/** The program that makes the rules of a chain. */
public enum FirewallProgram {
  UFW("ufw"),
  FIREWALLD("firewalld"),
  /** The variant of iptables that uses nftables, which most distributions have. */
  IPTABLES("iptables"),
  /** The variant of iptables from before nftables. */
  IPTABLES_LEGACY("iptables-legacy"),
  /** The nft program, or any other program with a table of its own. */
  NFTABLES("nftables");

  private final String displayName;

  FirewallProgram(String displayName) {
    this.displayName = displayName;
  }

  /** The name as its documentation writes it. */
  public String displayName() {
    return displayName;
  }
}
