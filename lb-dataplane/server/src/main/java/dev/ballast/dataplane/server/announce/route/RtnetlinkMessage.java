package dev.ballast.dataplane.server.announce.route;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Messages of rtnetlink(7) about local routes, in the byte order of the machine:
 *
 * <pre>
 * struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid; }
 * struct rtmsg    { u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags; }
 * struct rtattr   { u16 len; u16 type; } and its value, padded to 4 bytes
 * </pre>
 */
final class RtnetlinkMessage {

  /**
   * The route protocol, which tells which program has made a route: {@code ip route} shows {@code
   * proto 142}. Neither linux/rtnetlink.h nor iproute2 assigns this number. A process finds by it
   * the routes that an earlier process left.
   */
  static final int PROTOCOL = 142;

  static final int HEADER = 16;

  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;
  private static final int REQUEST = 0x1;
  private static final int ACK = 0x4;
  private static final int DUMP = 0x300;
  private static final int EXCLUSIVE = 0x200;
  private static final int CREATE = 0x400;

  private static final int RTMSG = 12;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int TABLE_LOCAL = 255;
  private static final int SCOPE_HOST = 254;
  private static final int TYPE_LOCAL = 2;

  /** Adds a route that makes {@code address} local; fails with EEXIST when it is local already. */
  static byte[] add(InetAddress address, int loopback, int sequence) {
    return route(RTM_NEWROUTE, CREATE | EXCLUSIVE, address, loopback, sequence);
  }

  /** Removes a route of {@link #add}, and no route of another program. */
  static byte[] remove(InetAddress address, int loopback, int sequence) {
    return route(RTM_DELROUTE, 0, address, loopback, sequence);
  }

  private static byte[] route(int type, int flags, InetAddress address, int device, int sequence) {
    byte[] destination = address.getAddress();
    byte[] message = new byte[HEADER + RTMSG + 4 + destination.length + 8];
    ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    header(buffer, type, REQUEST | ACK | flags, sequence);
    rtmsg(buffer, family(destination), destination.length * 8, SCOPE_HOST, TYPE_LOCAL);
    buffer.putShort((short) (4 + destination.length)).putShort((short) RTA_DST).put(destination);
    buffer.putShort((short) 8).putShort((short) RTA_OIF).putInt(device);
    return message;
  }

  /** Requests the routes of this {@link #PROTOCOL} in table local. */
  static byte[] dump(int family, int sequence) {
    byte[] message = new byte[HEADER + RTMSG];
    ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    header(buffer, RTM_GETROUTE, REQUEST | DUMP, sequence);
    rtmsg(buffer, family, 0, 0, TYPE_LOCAL);
    return message;
  }

  private static void header(ByteBuffer buffer, int type, int flags, int sequence) {
    buffer.putInt(buffer.capacity()).putShort((short) type).putShort((short) flags);
    buffer.putInt(sequence).putInt(0);
  }

  private static void rtmsg(ByteBuffer buffer, int family, int prefix, int scope, int type) {
    buffer.put((byte) family).put((byte) prefix).put((byte) 0).put((byte) 0);
    buffer.put((byte) TABLE_LOCAL).put((byte) PROTOCOL).put((byte) scope).put((byte) type);
    buffer.putInt(0);
  }

  static int family(byte[] address) {
    return address.length == 4 ? LocalRoutes.AF_INET : LocalRoutes.AF_INET6;
  }

  /**
   * The destination of a route in a dump; empty when the route is not one of Ballast's.
   *
   * @param message from its nlmsghdr on
   */
  static Optional<InetAddress> ownDestination(ByteBuffer message) {
    int prefix = Byte.toUnsignedInt(message.get(HEADER + 1));
    int table = Byte.toUnsignedInt(message.get(HEADER + 4));
    int protocol = Byte.toUnsignedInt(message.get(HEADER + 5));
    int type = Byte.toUnsignedInt(message.get(HEADER + 7));
    if (table != TABLE_LOCAL || protocol != PROTOCOL || type != TYPE_LOCAL) {
      return Optional.empty();
    }
    for (int at = HEADER + RTMSG; at + 4 <= message.limit(); ) {
      int length = Short.toUnsignedInt(message.getShort(at));
      if (message.getShort(at + 2) == RTA_DST && length - 4 == prefix / 8) {
        byte[] address = new byte[length - 4];
        message.get(at + 4, address);
        return Optional.of(address(address));
      }
      at += Math.max(4, (length + 3) & ~3);
    }
    return Optional.empty();
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("a route to %d bytes".formatted(bytes.length), e);
    }
  }

  private RtnetlinkMessage() {}
}
