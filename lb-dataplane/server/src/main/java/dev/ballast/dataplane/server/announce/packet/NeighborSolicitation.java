package dev.ballast.dataplane.server.announce.packet;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A Neighbor Solicitation (RFC 4861, section 4.3): a neighbor asks which MAC address has an IPv6
 * address.
 *
 * <pre>
 * icmpv6 { u8 type, code; u16 checksum; u32 reserved; u8 target[16] }  and options
 * </pre>
 */
public final class NeighborSolicitation implements NeighborRequest {

  public static final int TYPE = 135;

  private static final int SOURCE_LINK_LAYER_ADDRESS = 1;
  private static final int OPTIONS = 78;

  final Inet6Address target;

  /** The sender; all zeros in duplicate address detection. */
  final byte[] source;

  final byte[] sourceMac;

  private final boolean multicast;

  private NeighborSolicitation(
      Inet6Address target, boolean multicast, byte[] source, byte[] sourceMac) {
    this.target = target;
    this.multicast = multicast;
    this.source = source;
    this.sourceMac = sourceMac;
  }

  @Override
  public Inet6Address target() {
    return target;
  }

  /** Whether it was sent to the solicited-node group. */
  @Override
  public boolean isMulticast() {
    return multicast;
  }

  @Override
  public byte[] answer(byte[] mac) {
    return NeighborAdvertisement.solicited(this, mac);
  }

  boolean isFromUnspecified() {
    return isUnspecified(source);
  }

  /**
   * Parses an Ethernet frame; empty when it is another message, or breaks a rule of section 7.1.1.
   * The checksum is not verified: virtual machines of this host offload it to hardware that their
   * packets do not pass.
   */
  public static Optional<NeighborRequest> parse(byte[] bytes) {
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
    boolean hasSourceMac = false;
    for (int at = OPTIONS; at + 2 <= end; ) {
      int length = 8 * Byte.toUnsignedInt(frame.get(at + 1));
      if (length == 0 || at + length > end) {
        return Optional.empty();
      }
      if (frame.get(at) == SOURCE_LINK_LAYER_ADDRESS && length == 8) {
        mac = Arrays.copyOfRange(bytes, at + 2, at + 8);
        hasSourceMac = true;
      }
      at += length;
    }
    byte[] source = Arrays.copyOfRange(bytes, 22, 38);
    return hasSourceMac && isUnspecified(source)
        ? Optional.empty()
        : Optional.of(
            new NeighborSolicitation(target.orElseThrow(), frame.get(38) == -1, source, mac));
  }

  /**
   * The solicitation of duplicate address detection (RFC 4862, section 5.4.2): from the unspecified
   * address to the solicited-node group.
   */
  public static byte[] probe(Inet6Address target, byte[] mac) {
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
            .put(solicitedNode(target).getAddress())
            .put((byte) TYPE)
            .put(new byte[7])
            .put(own);
    frame.putShort(56, (short) ~NeighborAdvertisement.checksumSum(frame));
    return frame.array();
  }

  /**
   * Asks who has the address, as a machine does that wants to talk to it: from its own address, and
   * with its MAC address for the answer (RFC 4861, section 7.2.2).
   */
  public static byte[] request(Inet6Address target, Inet6Address sender, byte[] mac) {
    ByteBuffer frame = ByteBuffer.allocate(OPTIONS + 8).put(probe(target, mac));
    frame.putShort(18, (short) (OPTIONS + 8 - 54)).put(22, sender.getAddress());
    frame.put((byte) SOURCE_LINK_LAYER_ADDRESS).put((byte) 1).put(mac);
    frame.putShort(56, (short) 0);
    frame.putShort(56, (short) ~NeighborAdvertisement.checksumSum(frame));
    return frame.array();
  }

  /** {@code ff02::1:ff00:0} with the last three bytes of the address (RFC 4291, section 2.7.1). */
  public static InetAddress solicitedNode(Inet6Address address) {
    byte[] group = {-1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0, 0};
    System.arraycopy(address.getAddress(), 13, group, 13, 3);
    try {
      return InetAddress.getByAddress(group);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("a group of %d bytes".formatted(group.length), e);
    }
  }

  private static boolean isUnspecified(byte[] address) {
    return Arrays.equals(address, new byte[16]);
  }

  /** Empty for multicast and IPv4-mapped addresses, which no neighbor has. */
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
