package dev.ballast.dataplane.server.announce.packet;

import java.net.Inet6Address;
import java.nio.ByteBuffer;

/**
 * Builds Neighbor Advertisements (RFC 4861, sections 4.4 and 7.2) in Ethernet frames: they tell
 * neighbors which MAC address has an IPv6 address. The override flag makes neighbors replace the
 * entry that they have.
 *
 * <pre>
 * ethernet { u8 destination[6], source[6]; u16 type }
 * ipv6     { u32 version; u16 length; u8 next, hop_limit, source[16], destination[16] }
 * icmpv6   { u8 type, code; u16 checksum; u32 flags; u8 target[16] }
 * option   { u8 type, length; u8 mac[6] }                                 big-endian
 * </pre>
 */
public final class NeighborAdvertisement {

  static final int ETH_P_IPV6 = 0x86dd;
  static final int ICMPV6 = 58;

  /** Routers decrement it, so a packet with this value came from this LAN. */
  static final int HOP_LIMIT = 255;

  public static final int TYPE = 136;
  static final int SOLICITED = 0x4000_0000;
  static final int OVERRIDE = 0x2000_0000;

  private static final int TARGET_LINK_LAYER_ADDRESS = 2;
  private static final int ICMP_LENGTH = 32;
  private static final int ETHERNET_AND_IP = 54;
  private static final byte[] ALL_NODES = {-1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final byte[] ALL_NODES_MAC = {0x33, 0x33, 0, 0, 0, 1};

  /** To all nodes, without a solicitation. */
  public static byte[] unsolicited(Inet6Address target, byte[] mac) {
    return frame(target, mac, ALL_NODES, ALL_NODES_MAC, OVERRIDE);
  }

  /**
   * The answer to a solicitation. A solicitation from the unspecified address is duplicate address
   * detection: its sender is about to use the target. Its answer goes to all nodes (section 7.2.4).
   */
  static byte[] solicited(NeighborSolicitation solicitation, byte[] mac) {
    return solicitation.isFromUnspecified()
        ? unsolicited(solicitation.target, mac)
        : frame(
            solicitation.target,
            mac,
            solicitation.source,
            solicitation.sourceMac,
            SOLICITED | OVERRIDE);
  }

  private static byte[] frame(
      Inet6Address target, byte[] mac, byte[] destination, byte[] destinationMac, int flags) {
    byte[] own = target.getAddress();
    ByteBuffer frame =
        ByteBuffer.allocate(ETHERNET_AND_IP + ICMP_LENGTH)
            .put(destinationMac)
            .put(mac)
            .putShort((short) ETH_P_IPV6)
            .putInt(6 << 28)
            .putShort((short) ICMP_LENGTH)
            .put((byte) ICMPV6)
            .put((byte) HOP_LIMIT)
            .put(own)
            .put(destination)
            .put((byte) TYPE)
            .put((byte) 0)
            .putShort((short) 0)
            .putInt(flags)
            .put(own)
            .put((byte) TARGET_LINK_LAYER_ADDRESS)
            .put((byte) 1)
            .put(mac);
    frame.putShort(ETHERNET_AND_IP + 2, (short) ~checksumSum(frame));
    return frame.array();
  }

  /**
   * The sum that the Internet checksum complements, over pseudo-header and message; {@code 0xffff}
   * for a message that contains the right checksum.
   */
  public static int checksumSum(ByteBuffer frame) {
    return InternetChecksum.sum(frame, 22, frame.limit(), frame.limit() - ETHERNET_AND_IP + ICMPV6);
  }

  private NeighborAdvertisement() {}
}
