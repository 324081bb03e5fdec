package dev.ballast.dataplane.server.reachability.packet;

import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071). */
final class InternetChecksum {

  /**
   * The checksum of these bytes, whose own field is zero.
   *
   * @param from offset of the first byte
   * @param to offset after the last byte; the number of bytes is even
   * @param pseudoHeader the sum of what belongs to the checksum, and is not among the bytes
   */
  static short of(ByteBuffer bytes, int from, int to, int pseudoHeader) {
    int sum = pseudoHeader;
    for (int at = from; at < to; at += 2) {
      sum += Short.toUnsignedInt(bytes.getShort(at));
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  private InternetChecksum() {}
}
