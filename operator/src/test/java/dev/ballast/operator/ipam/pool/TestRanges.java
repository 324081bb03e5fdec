package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Creates ranges from their text, and lists the addresses of a range. */
public final class TestRanges {

  public static List<AddressRange> of(String... entries) {
    return ((RangeParseResult.ParsedRanges) PoolAddressParser.parse(Arrays.asList(entries)))
        .ranges();
  }

  public static Stream<IpAddress> addresses(AddressRange range) {
    return Stream.iterate(
        range.first(), ip -> ip.compareTo(range.last()) <= 0, ip -> ip.next().orElseThrow());
  }

  private TestRanges() {}
}
