package dev.ballast.dataplane.server.announce;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A neighbour's question who has an IPv6 address (RFC 4861, section 4.3).
 *
 * <pre>
 * icmpv6 { u8 type, code; u16 checksum; u32 reserved; u8 target[16] }  and options
 * </pre>
 */
final class NeighborSolicitation {

  static final int TYPE = 135;

  private static final int SOURCE_LINK_LAYER_ADDRESS = 1;
  private static final int OPTIONS = 78;

  final Inet6Address target;

  /** Who asks; all zeros: nobody yet. */
  final byte[] source;

  final byte[] sourceMac;

  /** To whoever has the target, where a neighbour that knows already asks directly. */
  final boolean toGroup;

  private NeighborSolicitation(
      Inet6Address target, boolean toGroup, byte[] source, byte[] sourceMac) {
    this.target = target;
    this.toGroup = toGroup;
    this.source = source;
    this.sourceMac = sourceMac;
  }

  boolean fromUnspecified() {
    return isUnspecified(source);
  }

  /**
   * Reads an Ethernet frame; empty when it is something else, or breaks a rule of section 7.1.1.
   * The checksum is not looked at: a virtual machine of this host leaves it to hardware that its
   * packets never meet.
   */
  static Optional<NeighborSolicitation> read(byte[] bytes) {
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    if (bytes.length < OPTIONS
        || Short.toUnsignedInt(frame.getShort(12)) != NeighborAdvertisement.ETH_P_IPV6
        || frame.get(20) != NeighborAdvertisement.ICMPV6
        || Byte.toUnsignedInt(frame.get(21)) != NeighborAdvertisement.HOP_LIMIT
        || Byte.toUnsignedInt(frame.get(54)) != TYPE
        || frame.get(55) != 0) {
      return Optional.empty();
    }
    int end = 54 + Short.toUnsignedInt(frame.getShort(18));
    Optional<Inet6Address> target = address(Arrays.copyOfRange(bytes, 62, OPTIONS));
    if (end < OPTIONS || end > bytes.length || target.isEmpty()) {
      return Optional.empty();
    }
    byte[] mac = Arrays.copyOfRange(bytes, 6, 12);
    boolean told = false;
    for (int at = OPTIONS; at + 2 <= end; ) {
      int length = 8 * Byte.toUnsignedInt(frame.get(at + 1));
      if (length == 0 || at + length > end) {
        return Optional.empty();
      }
      if (frame.get(at) == SOURCE_LINK_LAYER_ADDRESS && length == 8) {
        mac = Arrays.copyOfRange(bytes, at + 2, at + 8);
        told = true;
      }
      at += length;
    }
    byte[] source = Arrays.copyOfRange(bytes, 22, 38);
    return told && isUnspecified(source)
        ? Optional.empty()
        : Optional.of(
            new NeighborSolicitation(target.orElseThrow(), frame.get(38) == -1, source, mac));
  }

  /**
   * Asks who has the address as a machine does that is about to use it (RFC 4862, section 5.4.2):
   * from nobody, and to the group of those who might have it.
   */
  static byte[] probe(Inet6Address target, byte[] mac) {
    byte[] own = target.getAddress();
    ByteBuffer frame =
        ByteBuffer.allocate(OPTIONS)
            .put(new byte[] {0x33, 0x33, -1, own[13], own[14], own[15]})
            .put(mac)
            .putShort((short) NeighborAdvertisement.ETH_P_IPV6)
            .putInt(6 << 28)
            .putShort((short) (OPTIONS - 54))
            .put((byte) NeighborAdvertisement.ICMPV6)
            .put((byte) NeighborAdvertisement.HOP_LIMIT)
            .put(new byte[16])
            .put(NeighborSolicitationResponder.solicitedNode(target).getAddress())
            .put((byte) TYPE)
            .put(new byte[7])
            .put(own);
    frame.putShort(56, (short) ~NeighborAdvertisement.sum(frame));
    return frame.array();
  }

  private static boolean isUnspecified(byte[] address) {
    return Arrays.equals(address, new byte[16]);
  }

  /** Empty for a multicast address, and for IPv4 ones written as IPv6: nobody has these. */
  private static Optional<Inet6Address> address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes) instanceof Inet6Address ip && !ip.isMulticastAddress()
          ? Optional.of(ip)
          : Optional.empty();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(bytes.length), e);
    }
  }
}
