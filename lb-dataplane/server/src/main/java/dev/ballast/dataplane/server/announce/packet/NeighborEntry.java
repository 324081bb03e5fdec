package dev.ballast.dataplane.server.announce.packet;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A pair of IP address and MAC address that a neighbor has announced: as the sender of an ARP
 * packet (RFC 5227, section 1.1), or by a Neighbor Advertisement (RFC 4861, section 4.4).
 *
 * @param mac as {@code 52:54:00:12:34:56}
 */
public record NeighborEntry(InetAddress address, String mac) {

  private static final int ARP_LENGTH = 42;
  private static final int ADVERTISEMENT_LENGTH = 78;

  /**
   * Parses a frame; empty for an ARP probe, which has no sender address, and for non-ARP frames.
   */
  public static Optional<NeighborEntry> ofArp(byte[] bytes) {
    if (bytes.length < ARP_LENGTH) {
      return Optional.empty();
    }
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    boolean ipv4OverEthernet =
        Short.toUnsignedInt(frame.getShort(12)) == ArpPacket.ETH_P_ARP
            && frame.getShort(16) == 0x0800
            && frame.get(18) == 6
            && frame.get(19) == 4;
    return ipv4OverEthernet && frame.getInt(28) != 0 ? entry(bytes, 28, 4, 22) : Optional.empty();
  }

  /** Parses a frame; empty for anything but a Neighbor Advertisement from this LAN. */
  public static Optional<NeighborEntry> ofAdvertisement(byte[] bytes) {
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
    return advertisement ? entry(bytes, 62, 16, 6) : Optional.empty();
  }

  private static Optional<NeighborEntry> entry(byte[] bytes, int addressAt, int length, int macAt) {
    try {
      InetAddress address =
          InetAddress.getByAddress(Arrays.copyOfRange(bytes, addressAt, addressAt + length));
      // No neighbor has an IPv4-mapped address.
      return length == 16 && !(address instanceof Inet6Address)
          ? Optional.empty()
          : Optional.of(
              new NeighborEntry(address, mac(Arrays.copyOfRange(bytes, macAt, macAt + 6))));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(length), e);
    }
  }

  public static String mac(byte[] mac) {
    return HexFormat.ofDelimiter(":").formatHex(mac);
  }
}
