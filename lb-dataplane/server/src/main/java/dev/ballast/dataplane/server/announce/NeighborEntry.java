package dev.ballast.dataplane.server.announce;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A machine's word that it has an address: any ARP frame with it as the sender (RFC 5227, section
 * 1.1), or a Neighbor Advertisement of it (RFC 4861, section 4.4).
 *
 * @param mac as {@code 52:54:00:12:34:56}
 */
record NeighborEntry(InetAddress address, String mac) {

  private static final int ARP_LENGTH = 42;
  private static final int ADVERTISEMENT_LENGTH = 78;

  /** Empty for a probe, which asks without an address of its own, and for anything but ARP. */
  static Optional<NeighborEntry> ofArp(byte[] bytes) {
    if (bytes.length < ARP_LENGTH) {
      return Optional.empty();
    }
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    boolean ipv4OverEthernet =
        Short.toUnsignedInt(frame.getShort(12)) == GratuitousArp.ETH_P_ARP
            && frame.getShort(16) == 0x0800
            && frame.get(18) == 6
            && frame.get(19) == 4;
    return ipv4OverEthernet && frame.getInt(28) != 0 ? claim(bytes, 28, 4, 22) : Optional.empty();
  }

  /** Empty for anything but a Neighbor Advertisement from this LAN. */
  static Optional<NeighborEntry> ofAdvertisement(byte[] bytes) {
    if (bytes.length < ADVERTISEMENT_LENGTH) {
      return Optional.empty();
    }
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    boolean advertisement =
        Short.toUnsignedInt(frame.getShort(12)) == NeighborAdvertisement.ETH_P_IPV6
            && frame.get(20) == NeighborAdvertisement.ICMPV6
            && Byte.toUnsignedInt(frame.get(21)) == NeighborAdvertisement.HOP_LIMIT
            && Byte.toUnsignedInt(frame.get(54)) == NeighborAdvertisement.TYPE
            && frame.get(55) == 0;
    return advertisement ? claim(bytes, 62, 16, 6) : Optional.empty();
  }

  private static Optional<NeighborEntry> claim(byte[] bytes, int addressAt, int length, int macAt) {
    try {
      InetAddress address =
          InetAddress.getByAddress(Arrays.copyOfRange(bytes, addressAt, addressAt + length));
      // An IPv4 address written as IPv6 is nobody's on a LAN.
      return length == 16 && !(address instanceof Inet6Address)
          ? Optional.empty()
          : Optional.of(
              new NeighborEntry(address, mac(Arrays.copyOfRange(bytes, macAt, macAt + 6))));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(length), e);
    }
  }

  static String mac(byte[] mac) {
    return HexFormat.ofDelimiter(":").formatHex(mac);
  }
}
