package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import java.util.List;

/**
 * The addresses of a pool, as its spec says.
 *
 * @param ranges in order, none overlapping another
 * @param excluded what of them is never given; in any order, may overlap
 * @param avoidsBuggy whether IPv4 addresses that end in .0 or .255 are never given
 */
public record PoolRanges(
    List<AddressRange> ranges, List<AddressRange> excluded, boolean avoidsBuggy) {

  public PoolRanges {
    ranges = List.copyOf(ranges);
    excluded = List.copyOf(excluded);
  }

  /** All of these. */
  public static PoolRanges of(List<AddressRange> ranges) {
    return new PoolRanges(ranges, List.of(), false);
  }

  /** What is not excluded. */
  List<AddressRange> included() {
    return AddressRange.without(ranges, excluded);
  }
}
