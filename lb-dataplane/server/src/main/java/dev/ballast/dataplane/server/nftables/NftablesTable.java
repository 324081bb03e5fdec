package dev.ballast.dataplane.server.nftables;

import java.util.Arrays;
import java.util.Optional;

/** A table, by which its chains and sets are found. */
public record NftablesTable(Family family, String name) {

  /** Which packets a table sees: {@code NFPROTO_} of linux/netfilter.h. */
  public enum Family {
    /** IPv4 and IPv6. */
    INET(1),
    IPV4(2),
    ARP(3),
    IPV6(10);

    private final int number;

    Family(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /** Nothing for a family of packets that have no IP or ARP header yet. */
    static Optional<Family> of(int number) {
      return Arrays.stream(values()).filter(family -> family.number == number).findFirst();
    }

    /** The word of the nft program. */
    public String keyword() {
      return switch (this) {
        case INET -> "inet";
        case IPV4 -> "ip";
        case ARP -> "arp";
        case IPV6 -> "ip6";
      };
    }
  }
}
