package dev.ballast.dataplane.core.source;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * An IP network in CIDR notation. Both families are kept as 128 bits, IPv4 as IPv4-mapped IPv6
 * (::ffff:0:0/96). So an IPv4 client matches, whether its address is written as IPv4 or as IPv6.
 *
 * @param length of the prefix, of 128 bits
 */
public record Cidr(long high, long low, int length) {

  private static final long MAPPED = 0xffffL << 32;
  private static final int MAPPED_LENGTH = 96;

  /** Clears the bits after the prefix. */
  public Cidr {
    high &= mask(length);
    low &= mask(length - Long.SIZE);
  }

  /**
   * Parses a CIDR; empty when {@code text} is not one. Ignores surrounding spaces, as the API
   * server does.
   */
  public static Optional<Cidr> parse(String text) {
    String trimmed = text.strip();
    int slash = trimmed.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    String network = trimmed.substring(0, slash);
    boolean ipv6 = network.indexOf(':') >= 0;
    // The JDK also parses "10.1" and "fe80::1%eth0".
    if (ipv6 ? network.indexOf('%') >= 0 : network.chars().filter(c -> c == '.').count() != 3) {
      return Optional.empty();
    }
    int length = prefixLength(trimmed.substring(slash + 1), ipv6 ? 128 : 32);
    if (length < 0) {
      return Optional.empty();
    }
    try {
      InetAddress address = InetAddress.ofLiteral(network);
      return Optional.of(
          new Cidr(high(address), low(address), ipv6 ? length : length + MAPPED_LENGTH));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public boolean contains(InetAddress client) {
    long clientHigh = high(client);
    long clientLow = low(client);
    // As numbers, IPv4-mapped addresses are in ::/0, but IPv4 clients are not IPv6 clients.
    if (isMapped(clientHigh, clientLow) && length < MAPPED_LENGTH) {
      return false;
    }
    return (clientHigh & mask(length)) == high && (clientLow & mask(length - Long.SIZE)) == low;
  }

  private static int prefixLength(String digits, int most) {
    if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(Cidr::isDigit)) {
      return -1;
    }
    int length = Integer.parseInt(digits);
    return length <= most ? length : -1;
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  private static boolean isMapped(long high, long low) {
    return high == 0 && (low & mask(Integer.SIZE)) == MAPPED;
  }

  /** A mask of the first {@code length} of 64 bits. */
  private static long mask(int length) {
    if (length <= 0) {
      return 0;
    }
    return length >= Long.SIZE ? -1L : -1L << (Long.SIZE - length);
  }

  private static long high(InetAddress address) {
    return address instanceof Inet4Address ? 0 : bits(address.getAddress(), 0, Long.BYTES);
  }

  private static long low(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address
        ? MAPPED | bits(bytes, 0, Integer.BYTES)
        : bits(bytes, Long.BYTES, Long.BYTES);
  }

  private static long bits(byte[] bytes, int from, int count) {
    long bits = 0;
    for (int i = from; i < from + count; i++) {
      bits = bits << Byte.SIZE | (bytes[i] & 0xff);
    }
    return bits;
  }
}
