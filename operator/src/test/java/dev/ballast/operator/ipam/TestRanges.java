package dev.ballast.operator.ipam;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Ranges by their text, and the addresses in them one by one. */
final class TestRanges {

  static List<AddressRange> of(String... entries) {
    return ((PoolAddresses.Ranges) PoolAddresses.parse(Arrays.asList(entries))).ranges();
  }

  static Stream<IpAddress> addresses(AddressRange range) {
    return Stream.iterate(
        range.first(), ip -> ip.compareTo(range.last()) <= 0, ip -> ip.next().orElseThrow());
  }

  private TestRanges() {}
}
