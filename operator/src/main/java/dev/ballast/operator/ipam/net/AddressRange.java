package dev.ballast.operator.ipam.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A range of addresses of one family, from the first to the last, inclusive. */
public record AddressRange(IpAddress first, IpAddress last) implements Comparable<AddressRange> {

  public AddressRange {
    if (first.family() != last.family() || first.compareTo(last) > 0) {
      throw new IllegalArgumentException("Not a range: " + first + "-" + last);
    }
  }

  /** The number of addresses; {@link Long#MAX_VALUE} if it does not fit into 63 bits. */
  public long size() {
    long high =
        last.high() - first.high() - (Long.compareUnsigned(last.low(), first.low()) < 0 ? 1 : 0);
    long size = last.low() - first.low() + 1;
    return high != 0 || size <= 0 ? Long.MAX_VALUE : size;
  }

  /** The number of addresses, without IPv4 addresses that end in .0 or .255. */
  public long sizeWithoutBuggy() {
    if (first.family() == IpFamily.IPv6) {
      return size();
    }
    return countUpTo(last.low()) - countUpTo(first.low() - 1);
  }

  /** The number of addresses from 0 to {@code v4} that end in neither .0 nor .255. */
  private static long countUpTo(long v4) {
    return v4 + 1 - Math.floorDiv(v4 + 256, 256L) - Math.floorDiv(v4 + 1, 256L);
  }

  /**
   * The ranges without the removed ones.
   *
   * @param ranges in order; none overlaps another
   * @param removed in any order
   */
  public static List<AddressRange> subtract(List<AddressRange> ranges, List<AddressRange> removed) {
    List<AddressRange> holes = removed.stream().sorted().toList();
    List<AddressRange> left = new ArrayList<>();
    int first = 0;
    for (AddressRange range : ranges) {
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

  /** The addresses that both ranges contain. */
  public Optional<AddressRange> intersection(AddressRange other) {
    return overlaps(other)
        ? Optional.of(
            new AddressRange(
                first.compareTo(other.first) > 0 ? first : other.first,
                last.compareTo(other.last) < 0 ? last : other.last))
        : Optional.empty();
  }

  /**
   * Whether it is a complete IPv4 subnet with network and broadcast address and at least a host.
   */
  public boolean isSubnet() {
    long size = size();
    return first.family() == IpFamily.IPv4
        && size >= 4
        && Long.bitCount(size) == 1
        && first.low() % size == 0;
  }

  /** In the syntax of a pool: one address, or the first and the last. */
  @Override
  public String toString() {
    return first.equals(last) ? first.toString() : first + "-" + last;
  }

  public boolean contains(IpAddress address) {
    return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
  }

  /** Whether one of the ranges contains the address. */
  public static boolean anyContains(List<AddressRange> ranges, IpAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
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
