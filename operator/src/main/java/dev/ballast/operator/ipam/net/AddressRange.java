package dev.ballast.operator.ipam.net;

import java.util.ArrayList;
import java.util.List;
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

  /** The same, but for addresses that end in .0 or .255 where they are IPv4. */
  long sizeWithoutBuggy() {
    if (first.family() == IpFamily.IPv6) {
      return size();
    }
    return upTo(last.low()) - upTo(first.low() - 1);
  }

  /** How many from 0 to {@code v4} end in neither .0 nor .255. */
  private static long upTo(long v4) {
    return v4 + 1 - Math.floorDiv(v4 + 256, 256L) - Math.floorDiv(v4 + 1, 256L);
  }

  /**
   * What is in {@code from} and in none of {@code minus}, in order; {@code from} is in order and
   * has no overlaps.
   */
  public static List<AddressRange> without(List<AddressRange> from, List<AddressRange> minus) {
    List<AddressRange> holes = minus.stream().sorted().toList();
    List<AddressRange> left = new ArrayList<>();
    int first = 0;
    for (AddressRange range : from) {
      while (first < holes.size() && holes.get(first).last.compareTo(range.first) < 0) {
        first++;
      }
      Optional<AddressRange> rest = Optional.of(range);
      for (int i = first; i < holes.size() && rest.isPresent(); i++) {
        AddressRange hole = holes.get(i);
        if (hole.first.compareTo(range.last) > 0) {
          break;
        }
        if (hole.overlaps(rest.get())) {
          AddressRange here = rest.get();
          if (here.first.compareTo(hole.first) < 0) {
            hole.first.previous().ifPresent(end -> left.add(new AddressRange(here.first, end)));
          }
          rest =
              here.last.compareTo(hole.last) <= 0
                  ? Optional.empty()
                  : hole.last.next().map(start -> new AddressRange(start, here.last));
        }
      }
      rest.ifPresent(left::add);
    }
    return List.copyOf(left);
  }

  /** What both have. */
  public Optional<AddressRange> common(AddressRange other) {
    return overlaps(other)
        ? Optional.of(
            new AddressRange(
                first.compareTo(other.first) > 0 ? first : other.first,
                last.compareTo(other.last) < 0 ? last : other.last))
        : Optional.empty();
  }

  /**
   * Whether it is all of an IPv4 subnet that has hosts beside a network and a broadcast address.
   */
  public boolean isSubnet() {
    long size = size();
    return first.family() == IpFamily.IPv4
        && size >= 4
        && Long.bitCount(size) == 1
        && first.low() % size == 0;
  }

  /** As in a pool: one address, or first and last. */
  @Override
  public String toString() {
    return first.equals(last) ? first.toString() : first + "-" + last;
  }

  public boolean contains(IpAddress address) {
    return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
  }

  public boolean overlaps(AddressRange other) {
    return first.compareTo(other.last) <= 0 && other.first.compareTo(last) <= 0;
  }

  @Override
  public int compareTo(AddressRange other) {
    int byFirst = first.compareTo(other.first);
    return byFirst != 0 ? byFirst : last.compareTo(other.last);
  }
}
