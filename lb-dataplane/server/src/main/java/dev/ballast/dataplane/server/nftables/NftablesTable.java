package dev.ballast.dataplane.server.nftables;

/** A table, by which its chains and sets are found. */
public record NftablesTable(Family family, String name) {

  /** Which packets a table sees: {@code NFPROTO_} of linux/netfilter.h. */
  public enum Family {
    /** IPv4 and IPv6. */
    INET(1),
    ARP(3);

    private final int number;

    Family(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }
}
