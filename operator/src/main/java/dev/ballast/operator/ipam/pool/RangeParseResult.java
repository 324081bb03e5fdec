package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import java.util.List;

/** Parsed ranges of addresses, or the reason why they cannot be parsed. */
public sealed interface RangeParseResult {

  /** The ranges, in order; of {@code spec.addresses}, none overlaps another. */
  record ParsedRanges(List<AddressRange> ranges) implements RangeParseResult {
    public ParsedRanges {
      ranges = List.copyOf(ranges);
    }
  }

  /**
   * An entry that is not a valid address, CIDR or range.
   *
   * @param reason as a clause of a message
   */
  record MalformedRange(String entry, String reason) implements RangeParseResult {}
}
