package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import java.util.List;

/**
 * The addresses in the spec of a pool.
 *
 * @param ranges in order; none overlaps another
 * @param excluded ranges that are never allocated; in any order, may overlap
 * @param avoidsBuggy whether IPv4 addresses that end in .0 or .255 are never allocated
 */
public record PoolRanges(
    List<AddressRange> ranges, List<AddressRange> excluded, boolean avoidsBuggy) {

  public PoolRanges {
    ranges = List.copyOf(ranges);
    excluded = List.copyOf(excluded);
  }

  /** Ranges without exclusions. */
  public static PoolRanges of(List<AddressRange> ranges) {
    return new PoolRanges(ranges, List.of(), false);
  }

  /** The ranges without the excluded ones. */
  List<AddressRange> included() {
    return AddressRange.subtract(ranges, excluded);
  }
}
