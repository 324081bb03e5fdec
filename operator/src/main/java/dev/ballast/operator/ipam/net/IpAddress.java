package dev.ballast.operator.ipam.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address as a number: 128 bits in two longs, of which IPv4 uses the low 32. Ordered by family,
 * then unsigned.
 */
public record IpAddress(IpFamily family, long high, long low) implements Comparable<IpAddress> {

  /** Without leading zeros, which some read as octal (RFC 6943, section 3.1.1). */
  private static final Pattern DOTTED_QUAD =
      Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

  /** The JDK reads more: zones, and brackets as in a URL. */
  private static final Pattern COLONS = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private static final Comparator<IpAddress> ORDER =
      Comparator.comparing(IpAddress::family)
          .thenComparing(IpAddress::high, Long::compareUnsigned)
          .thenComparing(IpAddress::low, Long::compareUnsigned);

  /**
   * Reads a literal; never asks DNS. Zones, IPv4-mapped IPv6 and unusual IPv4 forms are refused.
   */
  public static Optional<IpAddress> parse(String text) {
    boolean v6 = COLONS.matcher(text).matches();
    if (!v6 && !DOTTED_QUAD.matcher(text).matches()) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (v6 != (bytes.length == 16)) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return Optional.of(
        v6
            ? new IpAddress(IpFamily.IPv6, buffer.getLong(), buffer.getLong())
            : new IpAddress(IpFamily.IPv4, 0, Integer.toUnsignedLong(buffer.getInt())));
  }

  /** The inverse of {@link #objectName()}; a name that is none is empty. */
  public static Optional<IpAddress> ofObjectName(String name) {
    return parse(name.indexOf('.') < 0 ? name.replace('-', ':') : name)
        .filter(address -> address.objectName().equals(name));
  }

  /** The last address is followed by nothing. */
  Optional<IpAddress> next() {
    long nextLow = low + 1;
    long nextHigh = nextLow == 0 ? high + 1 : high;
    boolean overflow =
        family == IpFamily.IPv4 ? nextLow > 0xffff_ffffL : nextLow == 0 && nextHigh == 0;
    return overflow ? Optional.empty() : Optional.of(new IpAddress(family, nextHigh, nextLow));
  }

  /** The first address is preceded by nothing. */
  Optional<IpAddress> previous() {
    if (high == 0 && low == 0) {
      return Optional.empty();
    }
    return Optional.of(new IpAddress(family, low == 0 ? high - 1 : high, low - 1));
  }

  /** The address {@code offset} above this one, around the end of the family. */
  public IpAddress plus(long offset) {
    long sum = low + offset;
    return family == IpFamily.IPv4
        ? new IpAddress(family, 0, sum & 0xffff_ffffL)
        : new IpAddress(family, Long.compareUnsigned(sum, low) < 0 ? high + 1 : high, sum);
  }

  /** Whether old clients take it for a network's own or its broadcast address. */
  public boolean isBuggy() {
    long last = low & 0xff;
    return family == IpFamily.IPv4 && (last == 0 || last == 255);
  }

  /** How many bits an address of this family has. */
  public int bits() {
    return family == IpFamily.IPv4 ? 32 : 128;
  }

  /** The lowest address of the network of {@code prefixLength} bits that holds this one. */
  public IpAddress networkOf(int prefixLength) {
    int host = bits() - prefixLength;
    return new IpAddress(
        family, host > 64 ? high & mask(host - 64) : high, host >= 64 ? 0 : low & mask(host));
  }

  /** The highest address of the network of {@code prefixLength} bits that holds this one. */
  public IpAddress broadcastOf(int prefixLength) {
    int host = bits() - prefixLength;
    return new IpAddress(
        family, host > 64 ? high | ~mask(host - 64) : high, host >= 64 ? -1 : low | ~mask(host));
  }

  private static long mask(int hostBits) {
    return hostBits == 64 ? 0 : -1L << hostBits;
  }

  @Override
  public int compareTo(IpAddress other) {
    return ORDER.compare(this, other);
  }

  /** Canonical text: dotted quad, or RFC 5952. */
  @Override
  public String toString() {
    if (family == IpFamily.IPv4) {
      return "%d.%d.%d.%d"
          .formatted((low >>> 24) & 0xff, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff);
    }
    return Ipv6Text.format(groups());
  }

  /**
   * The name of the Address object: the text itself for IPv4; for IPv6, whose colons no object name
   * may have, all eight groups joined by dashes.
   */
  public String objectName() {
    if (family == IpFamily.IPv4) {
      return toString();
    }
    StringBuilder name = new StringBuilder();
    for (int group : groups()) {
      name.append(name.isEmpty() ? "" : "-").append(Integer.toHexString(group));
    }
    return name.toString();
  }

  private int[] groups() {
    int[] groups = new int[8];
    for (int i = 0; i < 4; i++) {
      groups[i] = (int) ((high >>> (48 - 16 * i)) & 0xffff);
      groups[i + 4] = (int) ((low >>> (48 - 16 * i)) & 0xffff);
    }
    return groups;
  }
}
