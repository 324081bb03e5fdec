package dev.ballast.dataplane.server.relay.datagram;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The source or destination of a datagram, as the kernel has it (struct sockaddr_in, sockaddr_in6).
 *
 * @param ipv6 the family; {@code low} has the 32 bits of an IPv4 address
 * @param scope the interface of a link-local address
 */
public record DatagramAddress(boolean ipv6, long high, long low, int port, int scope) {

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int INET_SIZE = 16;
  private static final int INET6_SIZE = 28;

  // Offsets in both: the family (2 bytes), the port, then the address.
  private static final int PORT = 2;
  private static final int ADDRESS4 = 4;
  private static final int ADDRESS6 = 8;
  private static final int SCOPE = 24;

  // struct cmsghdr { size_t length; int level, type; }, then struct in_pktinfo { int interface;
  // struct in_addr source, destination; } or struct in6_pktinfo { struct in6_addr source; int
  // interface; }
  private static final int CONTROL_DATA = 16;
  private static final int PKTINFO_SIZE = 12;
  private static final int PKTINFO6_SIZE = 20;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_PKTINFO = 50;

  public static DatagramAddress of(InetAddress address, int port) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet6Address
        ? new DatagramAddress(true, bytes.getLong(), bytes.getLong(), port, 0)
        : new DatagramAddress(false, 0, Integer.toUnsignedLong(bytes.getInt()), port, 0);
  }

  static DatagramAddress read(ByteBuffer memory, int at) {
    int port = port(memory, at);
    return memory.getShort(at) == AF_INET
        ? new DatagramAddress(false, 0, low4(memory, at), port, 0)
        : new DatagramAddress(
            true, high6(memory, at), low6(memory, at), port, memory.getInt(at + SCOPE));
  }

  /** Whether {@link #read} would return an equal address. */
  boolean matches(ByteBuffer memory, int at) {
    if (port(memory, at) != port) {
      return false;
    }
    if (memory.getShort(at) == AF_INET) {
      return !ipv6 && low4(memory, at) == low;
    }
    return ipv6
        && low6(memory, at) == low
        && high6(memory, at) == high
        && memory.getInt(at + SCOPE) == scope;
  }

  /** The hash code of what {@link #read} would return. */
  static int hashAt(ByteBuffer memory, int at) {
    return memory.getShort(at) == AF_INET
        ? hash(0, low4(memory, at), port(memory, at))
        : hash(high6(memory, at), low6(memory, at), port(memory, at));
  }

  /** Writes a sockaddr; returns its length. */
  int write(ByteBuffer memory, int at) {
    memory.putShort(at + PORT, Short.reverseBytes((short) port));
    if (!ipv6) {
      memory.putShort(at, AF_INET);
      memory.putInt(at + ADDRESS4, Integer.reverseBytes((int) low));
      return INET_SIZE;
    }
    memory.putShort(at, AF_INET6);
    memory.putInt(at + ADDRESS4, 0);
    memory.putLong(at + ADDRESS6, Long.reverseBytes(high));
    memory.putLong(at + ADDRESS6 + Long.BYTES, Long.reverseBytes(low));
    memory.putInt(at + SCOPE, scope);
    return INET6_SIZE;
  }

  /** As {@link #write}, for a raw socket, which takes no port. */
  int writeWithoutPort(ByteBuffer memory, int at) {
    int length = write(memory, at);
    memory.putShort(at + PORT, (short) 0);
    return length;
  }

  /**
   * Writes the control message that makes this the source address of a datagram: IP_PKTINFO or
   * IPV6_PKTINFO. Returns its length.
   */
  int writeSource(ByteBuffer memory, int at) {
    int data = at + CONTROL_DATA;
    int size = ipv6 ? PKTINFO6_SIZE : PKTINFO_SIZE;
    memory.putLong(at, CONTROL_DATA + size);
    memory.putInt(at + 8, ipv6 ? IPPROTO_IPV6 : 0);
    memory.putInt(at + 12, ipv6 ? IPV6_PKTINFO : IP_PKTINFO);
    if (ipv6) {
      memory.putLong(data, Long.reverseBytes(high));
      memory.putLong(data + Long.BYTES, Long.reverseBytes(low));
      memory.putInt(data + 2 * Long.BYTES, 0);
    } else {
      memory.putInt(data, 0);
      memory.putInt(data + 4, Integer.reverseBytes((int) low));
      memory.putInt(data + 8, 0);
    }
    return (CONTROL_DATA + size + 7) & ~7;
  }

  // By hand: called for each datagram, and the methods of records are slow with C1 alone.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DatagramAddress that
        && port == that.port
        && low == that.low
        && high == that.high
        && scope == that.scope
        && ipv6 == that.ipv6;
  }

  @Override
  public int hashCode() {
    return hash(high, low, port);
  }

  private static int hash(long high, long low, int port) {
    long mixed = (high * 31 + low) * 0x9E3779B97F4A7C15L + port * 0xC2B2AE3D27D4EB4FL;
    return (int) (mixed >>> 32);
  }

  private static int port(ByteBuffer memory, int at) {
    return Short.toUnsignedInt(Short.reverseBytes(memory.getShort(at + PORT)));
  }

  private static long low4(ByteBuffer memory, int at) {
    return Integer.toUnsignedLong(Integer.reverseBytes(memory.getInt(at + ADDRESS4)));
  }

  private static long high6(ByteBuffer memory, int at) {
    return Long.reverseBytes(memory.getLong(at + ADDRESS6));
  }

  private static long low6(ByteBuffer memory, int at) {
    return Long.reverseBytes(memory.getLong(at + ADDRESS6 + Long.BYTES));
  }

  public InetAddress address() {
    try {
      if (!ipv6) {
        return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt((int) low).array());
      }
      byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
      return Inet6Address.getByAddress(null, bytes, scope);
    } catch (UnknownHostException e) {
      throw new AssertionError("of a length that no address has", e);
    }
  }
}
