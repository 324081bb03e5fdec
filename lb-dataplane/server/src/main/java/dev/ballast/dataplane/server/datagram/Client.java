package dev.ballast.dataplane.server.datagram;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The address and port that a client sends datagrams from, as the kernel writes them (struct
 * sockaddr_in, sockaddr_in6).
 *
 * @param ipv6 the family; of an IPv4 address, {@code low} has the 32 bits
 * @param scope the interface, where the address means something on one only
 */
public record Client(boolean ipv6, long high, long low, int port, int scope) {

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int INET_SIZE = 16;
  private static final int INET6_SIZE = 28;

  private static final ValueLayout.OfShort PORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt WORD = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static Client read(MemorySegment name) {
    int port = Short.toUnsignedInt(name.get(PORT, 2));
    return name.get(JAVA_SHORT_UNALIGNED, 0) == AF_INET
        ? new Client(false, 0, name.get(WORD, 4), port, 0)
        : new Client(
            true, name.get(HALF, 8), name.get(HALF, 16), port, name.get(JAVA_INT_UNALIGNED, 24));
  }

  /** Returns the length of what it has written. */
  int write(MemorySegment name) {
    name.set(PORT, 2, (short) port);
    if (!ipv6) {
      name.set(JAVA_SHORT_UNALIGNED, 0, AF_INET);
      name.set(WORD, 4, (int) low);
      return INET_SIZE;
    }
    name.set(JAVA_SHORT_UNALIGNED, 0, AF_INET6);
    name.set(WORD, 4, 0);
    name.set(HALF, 8, high);
    name.set(HALF, 16, low);
    name.set(JAVA_INT_UNALIGNED, 24, scope);
    return INET6_SIZE;
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
