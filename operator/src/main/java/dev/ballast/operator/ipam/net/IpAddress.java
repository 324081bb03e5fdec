package dev.ballast.operator.ipam.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An IP address as a number: 128 bits in two longs, of which IPv4 uses the low 32. The order is by
 * family, then by unsigned value.
 */
public record IpAddress(IpFamily family, long high, long low) implements Comparable<IpAddress> {

  /** No leading zeros, because some programs read them as octal (RFC 6943, section 3.1.1). */
  private static final Pattern DOTTED_QUAD =
      Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

  /** The JDK accepts more: zones, and brackets as in a URL. */
  private static final Pattern COLONS = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private static final Comparator<IpAddress> ORDER =
      Comparator.comparing(IpAddress::family)
          .thenComparing(IpAddress::high, Long::compareUnsigned)
          .thenComparing(IpAddress::low, Long::compareUnsigned);

  /** Parses a literal, without DNS. Zones, IPv4-mapped IPv6 and unusual IPv4 forms are rejected. */
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

  /** The inverse of {@link #objectName()}; empty for any other name. */
  public static Optional<IpAddress> ofObjectName(String name) {
    return parse(name.indexOf('.') < 0 ? name.replace('-', ':') : name)
        .filter(address -> address.objectName().equals(name));
  }

  /** The next higher address; empty for the last one of the family. */
  public Optional<IpAddress> next() {
    long nextLow = low + 1;
    long nextHigh = nextLow == 0 ? high + 1 : high;
    boolean overflow =
        family == IpFamily.IPv4 ? nextLow > 0xffff_ffffL : nextLow == 0 && nextHigh == 0;
    return overflow ? Optional.empty() : Optional.of(new IpAddress(family, nextHigh, nextLow));
  }

  /** The next lower address; empty for the first one of the family. */
  public Optional<IpAddress> previous() {
    if (high == 0 && low == 0) {
      return Optional.empty();
    }
    return Optional.of(new IpAddress(family, low == 0 ? high - 1 : high, low - 1));
  }

  /** The address {@code offset} above this one; it wraps around at the end of the family. */
  public IpAddress plus(long offset) {
    long sum = low + offset;
    return family == IpFamily.IPv4
        ? new IpAddress(family, 0, sum & 0xffff_ffffL)
        : new IpAddress(family, Long.compareUnsigned(sum, low) < 0 ? high + 1 : high, sum);
  }

  /** Whether old clients mistake it for a network or broadcast address. */
  public boolean isBuggy() {
    long last = low & 0xff;
    return family == IpFamily.IPv4 && (last == 0 || last == 255);
  }

  /** The number of bits of an address of this family. */
  public int bits() {
    return family == IpFamily.IPv4 ? 32 : 128;
  }

  /** The lowest address of this address's network with a prefix of {@code prefixLength} bits. */
  public IpAddress networkOf(int prefixLength) {
    int host = bits() - prefixLength;
    return new IpAddress(
        family, host > 64 ? high & mask(host - 64) : high, host >= 64 ? 0 : low & mask(host));
  }

  /** The highest address of this address's network with a prefix of {@code prefixLength} bits. */
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

  /** The canonical text: dotted quad, or RFC 5952. */
  @Override
  public String toString() {
    if (family == IpFamily.IPv4) {
      return "%d.%d.%d.%d"
          .formatted((low >>> 24) & 0xff, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff);
    }
    return Ipv6Text.format(groups());
  }

  /**
   * The name of the Address object. For IPv4 it is the text of the address. For IPv6 it is all
   * eight groups joined by dashes, because an object name cannot contain colons.
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
