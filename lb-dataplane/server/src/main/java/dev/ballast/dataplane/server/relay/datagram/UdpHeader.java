package dev.ballast.dataplane.server.relay.datagram;

import java.nio.ByteBuffer;

/** The UDP header of a datagram that a raw socket sends: see RFC 768. */
final class UdpHeader {

  /** In bytes. */
  static final int SIZE = 8;

  private static final long IPPROTO_UDP = 17;

  /**
   * Writes the header in front of the {@code length} bytes at {@code data}. Over IPv4 with the
   * checksum. Over IPv6 the kernel fills it in (IPV6_CHECKSUM).
   */
  static void write(
      ByteBuffer memory, int data, int length, DatagramAddress source, DatagramAddress to) {
    int at = data - SIZE;
    short size = Short.reverseBytes((short) (SIZE + length));
    memory.putShort(at, Short.reverseBytes((short) source.port()));
    memory.putShort(at + 2, Short.reverseBytes((short) to.port()));
    memory.putShort(at + 4, size);
    memory.putShort(at + 6, (short) 0);
    if (!source.ipv6()) {
      long pseudoHeader =
          Integer.toUnsignedLong(Integer.reverseBytes((int) source.low()))
              + Integer.toUnsignedLong(Integer.reverseBytes((int) to.low()))
              + (IPPROTO_UDP << 8)
              + Short.toUnsignedLong(size);
      memory.putShort(at + 6, checksum(memory, at, SIZE + length, pseudoHeader));
    }
  }

  /**
   * The one's complement sum of RFC 1071, in the byte order of the memory, which is little-endian.
   * Never 0: that means that there is none.
   */
  private static short checksum(ByteBuffer memory, int from, int length, long initial) {
    long sum = initial;
    int at = from;
    int end = from + length;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      long word = memory.getLong(at);
      sum += (word & 0xffffffffL) + (word >>> 32);
    }
    for (; at <= end - Short.BYTES; at += Short.BYTES) {
      sum += Short.toUnsignedLong(memory.getShort(at));
    }
    if (at < end) {
      sum += Byte.toUnsignedLong(memory.get(at));
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum == 0xffff ? (short) 0xffff : (short) ~sum;
  }

  private UdpHeader() {}
}
