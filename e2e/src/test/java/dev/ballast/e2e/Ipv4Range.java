package dev.ballast.e2e;

/**
 * IPv4 addresses from first to last, as a pool's manifest writes them.
 *
 * @param first unsigned 32 bits
 * @param last unsigned 32 bits, not below first
 */
record Ipv4Range(long first, long last) {

  /** Reads {@code 192.0.2.0/28} or {@code 192.0.2.1-192.0.2.9}. */
  static Ipv4Range parse(String text) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      long size = 1L << (32 - Integer.parseInt(text.substring(slash + 1)));
      long base = number(text.substring(0, slash)) / size * size;
      return new Ipv4Range(base, base + size - 1);
    }
    int dash = text.indexOf('-');
    return new Ipv4Range(number(text.substring(0, dash)), number(text.substring(dash + 1)));
  }

  /** Addresses in it, skipping some at its beginning. */
  Ipv4Range part(int skip, int count) {
    Ipv4Range part = new Ipv4Range(first + skip, first + skip + count - 1);
    if (part.last > last) {
      throw new IllegalArgumentException(
          "BALLAST_E2E_POOL must hold at least " + (skip + count) + " addresses");
    }
    return part;
  }

  boolean contains(String address) {
    long number = number(address);
    return first <= number && number <= last;
  }

  @Override
  public String toString() {
    return text(first) + "-" + text(last);
  }

  static String text(long number) {
    return "%d.%d.%d.%d"
        .formatted(number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255);
  }

  private static long number(String address) {
    long number = 0;
    for (String octet : address.strip().split("\\.", -1)) {
      number = number << 8 | Integer.parseInt(octet);
    }
    return number;
  }
}
