package dev.ballast.dataplane.server.announce.packet;

import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071). */
public final class InternetChecksum {

  /**
   * The checksum of these bytes, whose own field is zero.
   *
   * @param from offset of the first byte
   * @param to offset after the last byte; the number of bytes is even
   * @param pseudoHeader the sum of what belongs to the checksum, and is not among the bytes
   */
  public static short of(ByteBuffer bytes, int from, int to, int pseudoHeader) {
    return (short) ~sum(bytes, from, to, pseudoHeader);
  }

  /** The sum that the checksum complements: {@code 0xffff} with the right checksum in its field. */
  static int sum(ByteBuffer bytes, int from, int to, int pseudoHeader) {
    int sum = pseudoHeader;
    for (int at = from; at < to; at += 2) {
      sum += Short.toUnsignedInt(bytes.getShort(at));
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  private InternetChecksum() {}
}
