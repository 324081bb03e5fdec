package dev.ballast.dataplane.server.announce.route;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
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

  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_NEWNETCONF = 80;

  private static final int RTM_GETROUTE = 26;
  private static final int REQUEST = 0x1;
  private static final int ACK = 0x4;
  private static final int DUMP = 0x300;
  private static final int EXCLUSIVE = 0x200;
  private static final int CREATE = 0x400;

  private static final int RTMSG = 12;
  private static final int RTA_DST = 1;
  private static final int RTA_SRC = 2;
  private static final int RTA_OIF = 4;
  private static final int RTA_PREFSRC = 7;
  private static final int TABLE_LOCAL = 255;
  private static final int SCOPE_HOST = 254;
  private static final int TYPE_LOCAL = 2;

  /** Adds a route; fails with EEXIST when its address is local already. */
  static byte[] add(LocalRoute route, int loopback, int sequence) {
    return route(RTM_NEWROUTE, CREATE | EXCLUSIVE, route, loopback, sequence);
  }

  /** Removes the route of an address that {@link #add} made, and no route of another program. */
  static byte[] remove(InetAddress address, int loopback, int sequence) {
    return route(RTM_DELROUTE, 0, new LocalRoute(address, Optional.empty()), loopback, sequence);
  }

  private static byte[] route(int type, int flags, LocalRoute route, int device, int sequence) {
    byte[] destination = route.address().getAddress();
    int sourceSize = route.source().isPresent() ? 4 + destination.length : 0;
    byte[] message = new byte[HEADER + RTMSG + 4 + destination.length + 8 + sourceSize];
    ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    header(buffer, type, REQUEST | ACK | flags, sequence);
    rtmsg(buffer, family(destination), destination.length * 8, SCOPE_HOST, TYPE_LOCAL);
    attribute(buffer, RTA_DST, destination);
    buffer.putShort((short) 8).putShort((short) RTA_OIF).putInt(device);
    route.source().ifPresent(source -> attribute(buffer, RTA_PREFSRC, source.getAddress()));
    return message;
  }

  private static void attribute(ByteBuffer buffer, int type, byte[] value) {
    buffer.putShort((short) (4 + value.length)).putShort((short) type).put(value);
  }

  /** Requests the routes of this {@link #PROTOCOL} in table local. */
  static byte[] dump(int family, int sequence) {
    byte[] message = new byte[HEADER + RTMSG];
    ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    header(buffer, RTM_GETROUTE, REQUEST | DUMP, sequence);
    rtmsg(buffer, family, 0, 0, TYPE_LOCAL);
    return message;
  }

  /** Requests the route of a packet; without a table or type, which the kernel rejects here. */
  static byte[] lookup(InetAddress destination, InetAddress source, int sequence) {
    byte[] to = destination.getAddress();
    byte[] from = source.getAddress();
    byte[] message = new byte[HEADER + RTMSG + 4 + to.length + 4 + from.length];
    ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    header(buffer, RTM_GETROUTE, REQUEST | ACK, sequence);
    buffer.put((byte) family(to)).put((byte) (to.length * 8)).put((byte) (from.length * 8));
    buffer.position(HEADER + RTMSG);
    attribute(buffer, RTA_DST, to);
    attribute(buffer, RTA_SRC, from);
    return message;
  }

  /** The index of the interface of a route; 0 if it has none. */
  static int outputInterface(ByteBuffer message) {
    return NetlinkAttributes.find(message.position(HEADER + RTMSG), RTA_OIF)
        .map(ByteBuffer::getInt)
        .orElse(0);
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
   * The route in a dump or notification; empty when it is not one of Ballast's.
   *
   * @param message from its nlmsghdr on
   */
  static Optional<LocalRoute> ownRoute(ByteBuffer message) {
    if (message.limit() < HEADER + RTMSG) {
      return Optional.empty();
    }
    int size = Byte.toUnsignedInt(message.get(HEADER + 1)) / 8;
    if (!isLocal(message) || protocol(message) != PROTOCOL) {
      return Optional.empty();
    }
    return attribute(message, RTA_DST, size)
        .map(destination -> new LocalRoute(destination, attribute(message, RTA_PREFSRC, size)));
  }

  /** Whether it is a route in table local that another program or the kernel has made. */
  static boolean isForeignLocalRoute(ByteBuffer message) {
    return message.limit() >= HEADER + RTMSG && isLocal(message) && protocol(message) != PROTOCOL;
  }

  private static boolean isLocal(ByteBuffer message) {
    return Byte.toUnsignedInt(message.get(HEADER + 4)) == TABLE_LOCAL
        && Byte.toUnsignedInt(message.get(HEADER + 7)) == TYPE_LOCAL;
  }

  private static int protocol(ByteBuffer message) {
    return Byte.toUnsignedInt(message.get(HEADER + 5));
  }

  private static Optional<InetAddress> attribute(ByteBuffer message, int type, int size) {
    return NetlinkAttributes.find(message.position(HEADER + RTMSG), type)
        .filter(value -> value.remaining() == size)
        .map(value -> address(NetlinkAttributes.bytes(value)));
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
