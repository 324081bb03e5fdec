package dev.ballast.operator.ipam.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolAddressParserTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "192.0.2.7                    | 192.0.2.7-192.0.2.7",
        "192.0.2.0/28                 | 192.0.2.0-192.0.2.15",
        "192.0.2.77/28                | 192.0.2.64-192.0.2.79",
        "192.0.2.1/32                 | 192.0.2.1-192.0.2.1",
        "0.0.0.0/0                    | 0.0.0.0-255.255.255.255",
        "192.0.2.1-192.0.2.9          | 192.0.2.1-192.0.2.9",
        "192.0.2.1 - 192.0.2.9        | 192.0.2.1-192.0.2.9",
        "192.0.2.9-192.0.2.9          | 192.0.2.9-192.0.2.9",
        "2001:db8::/127               | 2001:db8::-2001:db8::1",
        "2001:db8::1-2001:db8::f      | 2001:db8::1-2001:db8::f",
        "192.0.2.8,192.0.2.1          | 192.0.2.1-192.0.2.1,192.0.2.8-192.0.2.8",
        "2001:db8::1,192.0.2.1        | 192.0.2.1-192.0.2.1,2001:db8::1-2001:db8::1",
        "192.0.2.0/28,192.0.2.16/28   | 192.0.2.0-192.0.2.15,192.0.2.16-192.0.2.31",
      })
  void entries_are_parsed_and_sorted(String entries, String ranges) {
    // When
    RangeParseResult result = PoolAddressParser.parse(list(entries));

    // Then
    assertThat(result).isInstanceOf(RangeParseResult.ParsedRanges.class);
    assertThat(((RangeParseResult.ParsedRanges) result).ranges())
        .extracting(range -> range.first() + "-" + range.last())
        .isEqualTo(list(ranges));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "192.0.2.300             | 192.0.2.300         | '192.0.2.300' is not an IPv4 or IPv6 address",
        "web.example.com         | web.example.com     | 'web.example.com' is not an IPv4 or IPv6 address",
        "192.0.2.0/33            | 192.0.2.0/33        | its prefix length is not in the range 0 to 32",
        "2001:db8::/129          | 2001:db8::/129      | its prefix length is not in the range 0 to 128",
        "192.0.2.0/              | 192.0.2.0/          | its prefix length is not in the range 0 to 32",
        "192.0.2.0/-1            | 192.0.2.0/-1        | its prefix length is not in the range 0 to 32",
        "192.0.2.0/24/8          | 192.0.2.0/24/8      | its prefix length is not in the range 0 to 32",
        "192.0.2/24              | 192.0.2/24          | '192.0.2' is not an IPv4 or IPv6 address",
        "192.0.2.9-192.0.2.1     | 192.0.2.9-192.0.2.1 | its first address is higher than its last address",
        "2001:db8::2-2001:db8::1 | 2001:db8::2-2001:db8::1 | its first address is higher than its last address",
        "192.0.2.1-2001:db8::1   | 192.0.2.1-2001:db8::1 | its first and last address are of different families",
        "192.0.2.1-              | 192.0.2.1-          | '' is not an IPv4 or IPv6 address",
        "192.0.2.1-192.0.2.2-192.0.2.3 | 192.0.2.1-192.0.2.2-192.0.2.3 | '192.0.2.2-192.0.2.3' is not an IPv4 or IPv6 address",
        "192.0.2.0/28,192.0.2.15 | 192.0.2.15          | it overlaps 192.0.2.0-192.0.2.15 of the same pool",
        "192.0.2.1,192.0.2.1     | 192.0.2.1           | it overlaps 192.0.2.1-192.0.2.1 of the same pool",
        "192.0.2.5,192.0.2.0/24  | 192.0.2.0/24        | it overlaps 192.0.2.5-192.0.2.5 of the same pool",
        "2001:db8::/64,2001:db8::ffff-2001:db8::1:0 | 2001:db8::ffff-2001:db8::1:0 | it overlaps 2001:db8::-2001:db8::ffff:ffff:ffff:ffff of the same pool",
        "192.0.2.1,x,y           | x                   | 'x' is not an IPv4 or IPv6 address",
      })
  void the_first_invalid_entry_is_named_with_the_reason(
      String entries, String entry, String reason) {
    // When
    RangeParseResult result = PoolAddressParser.parse(list(entries));

    // Then
    assertThat(result).isEqualTo(new RangeParseResult.MalformedRange(entry, reason));
  }

  @Test
  void without_entries_there_are_no_ranges() {
    assertThat(PoolAddressParser.parse(List.of()))
        .isEqualTo(new RangeParseResult.ParsedRanges(List.of()));
  }

  private static List<String> list(String commaSeparated) {
    return Arrays.asList(commaSeparated.split(","));
  }
}
