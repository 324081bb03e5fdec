package dev.ballast.dataplane.server.relay.datagram;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The address and port of a UDP client, as the kernel has them (struct sockaddr_in, sockaddr_in6).
 *
 * @param ipv6 the family; {@code low} has the 32 bits of an IPv4 address
 * @param scope the interface of a link-local address
 */
public record ClientAddress(boolean ipv6, long high, long low, int port, int scope) {

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int INET_SIZE = 16;
  private static final int INET6_SIZE = 28;

  // Offsets in both: the family (2 bytes), the port, then the address.
  private static final int PORT = 2;
  private static final int ADDRESS4 = 4;
  private static final int ADDRESS6 = 8;
  private static final int SCOPE = 24;

  static ClientAddress read(ByteBuffer memory, int at) {
    int port = port(memory, at);
    return memory.getShort(at) == AF_INET
        ? new ClientAddress(false, 0, low4(memory, at), port, 0)
        : new ClientAddress(
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

  // By hand: called for each datagram, and the methods of records are slow with C1 alone.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientAddress that
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
    return Integer.reverseBytes(memory.getInt(at + ADDRESS4));
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
