package dev.ballast.operator.ipam;

import java.util.Optional;

/** Addresses of one family from first to last, both included. */
public record AddressRange(IpAddress first, IpAddress last) implements Comparable<AddressRange> {

  public AddressRange {
    if (first.family() != last.family() || first.compareTo(last) > 0) {
      throw new IllegalArgumentException("not a range: " + first + "-" + last);
    }
  }

  /** How many addresses, {@link Long#MAX_VALUE} when 63 bits do not hold the count. */
  public long size() {
    long high =
        last.high() - first.high() - (Long.compareUnsigned(last.low(), first.low()) < 0 ? 1 : 0);
    long size = last.low() - first.low() + 1;
    return high != 0 || size <= 0 ? Long.MAX_VALUE : size;
  }

  boolean contains(IpAddress address) {
    return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
  }

  boolean overlaps(AddressRange other) {
    return first.compareTo(other.last) <= 0 && other.first.compareTo(last) <= 0;
  }

  @Override
  public int compareTo(AddressRange other) {
    int byFirst = first.compareTo(other.first);
    return byFirst != 0 ? byFirst : last.compareTo(other.last);
  }

  /** What is left below {@code address}, which the range holds. */
  Optional<AddressRange> below(IpAddress address) {
    return address.equals(first)
        ? Optional.empty()
        : address.previous().map(end -> new AddressRange(first, end));
  }

  /** What is left above {@code address}, which the range holds. */
  Optional<AddressRange> above(IpAddress address) {
    return address.equals(last)
        ? Optional.empty()
        : address.next().map(start -> new AddressRange(start, last));
  }
}
