package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a packet to a frontend: it is not tracked, its destination is an address of this
 * node, and it belongs to a transparent socket.
 *
 * @param family IPV4 or IPV6
 * @param destination nothing for an arbitrary address
 */
record Packet(Family family, Optional<InetAddress> destination) {

  /** One of each family. */
  static final List<Packet> ARBITRARY =
      List.of(new Packet(Family.IPV4, Optional.empty()), new Packet(Family.IPV6, Optional.empty()));

  private static final int IPV4_DESTINATION = 16;
  private static final int IPV6_DESTINATION = 24;

  static Packet to(InetAddress destination) {
    Family family = destination instanceof Inet4Address ? Family.IPV4 : Family.IPV6;
    return new Packet(family, Optional.of(destination));
  }

  /** Whether the tables of a family see it. */
  boolean isSeenBy(Family table) {
    return table == Family.INET || table == family;
  }

  /** Bytes of the network header, if they are known. */
  Optional<byte[]> networkHeader(int offset, int length) {
    int from = offset - (family == Family.IPV4 ? IPV4_DESTINATION : IPV6_DESTINATION);
    return destination
        .map(InetAddress::getAddress)
        .filter(address -> from >= 0 && from + length <= address.length)
        .map(address -> Arrays.copyOfRange(address, from, from + length));
  }

  /** {@code NFPROTO_} of linux/netfilter.h. */
  byte protocolFamily() {
    return (byte) (family == Family.IPV4 ? 2 : 10);
  }
}
