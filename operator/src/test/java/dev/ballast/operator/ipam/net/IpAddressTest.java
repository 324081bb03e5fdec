package dev.ballast.operator.ipam.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "192.0.2.1, 192.0.2.1",
    "255.255.255.255, 255.255.255.255",
    // RFC 5952, section 4: no leading zeros, lower case, :: for the first of the longest runs
    // of zeros, but not for a single group.
    "2001:0db8::0001, 2001:db8::1",
    "2001:DB8::ABCD, 2001:db8::abcd",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "1::, 1::",
    "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
  })
  void an_address_has_one_canonical_text(String text, String canonical) {
    // When
    IpAddress address = IpAddress.parse(text).orElseThrow();

    // Then
    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.parse(canonical)).contains(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "web.example.com",
        "localhost",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1.1",
        "192.0.2.-1",
        "192.0.2.1 ",
        "3221225985",
        "0xc0000201",
        "192.0.2.1/32",
        "192.0.2.1:80",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "g::",
        "[2001:db8::1]",
        "fe80::1%eth0",
        "fe80::1%1",
        "::ffff:192.0.2.1",
        "::ffff:c000:201",
      })
  void text_that_is_not_a_plain_address_is_rejected(String text) {
    assertThat(IpAddress.parse(text)).isEmpty();
  }

  /** RFC 6943: programs disagree whether 010 is eight or ten, so it is rejected. */
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.010", "010.0.0.1", "192.000.2.1"})
  void leading_zeros_are_rejected(String text) {
    assertThat(IpAddress.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "2001:db8::1, 2001-db8-0-0-0-0-0-1",
    "::, 0-0-0-0-0-0-0-0",
    "ffff::abcd, ffff-0-0-0-0-0-0-abcd",
  })
  void the_object_name_is_valid_for_the_api_server(String text, String name) {
    assertThat(IpAddress.parse(text).orElseThrow().objectName())
        .isEqualTo(name)
        .matches("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77, 0, 0.0.0.0, 255.255.255.255",
    "192.0.2.77, 1, 128.0.0.0, 255.255.255.255",
    "192.0.2.77, 24, 192.0.2.0, 192.0.2.255",
    "192.0.2.77, 28, 192.0.2.64, 192.0.2.79",
    "192.0.2.77, 31, 192.0.2.76, 192.0.2.77",
    "192.0.2.77, 32, 192.0.2.77, 192.0.2.77",
    "2001:db8::7, 0, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::7, 32, 2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::7, 63, 2001:db8::, 2001:db8:0:1:ffff:ffff:ffff:ffff",
    "2001:db8::7, 64, 2001:db8::, 2001:db8::ffff:ffff:ffff:ffff",
    "2001:db8::7, 65, 2001:db8::, 2001:db8::7fff:ffff:ffff:ffff",
    "2001:db8::7, 127, 2001:db8::6, 2001:db8::7",
    "2001:db8::7, 128, 2001:db8::7, 2001:db8::7",
  })
  void a_network_has_a_lowest_and_a_highest_address(
      String text, int prefixLength, String lowest, String highest) {
    // Given
    IpAddress address = IpAddress.parse(text).orElseThrow();

    // When
    IpAddress network = address.networkOf(prefixLength);
    IpAddress broadcast = address.broadcastOf(prefixLength);

    // Then
    assertThat(network).hasToString(lowest);
    assertThat(broadcast).hasToString(highest);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.1",
    "192.0.2.255, 192.0.3.0",
    "127.255.255.255, 128.0.0.0",
    "255.255.255.254, 255.255.255.255",
    "::, ::1",
    "2001:db8::ffff:ffff:ffff:ffff, 2001:db8:0:1::",
    "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 8000::",
  })
  void the_next_and_the_previous_address_are_inverse_and_ordered(String lower, String higher) {
    // Given
    IpAddress one = IpAddress.parse(lower).orElseThrow();
    IpAddress two = IpAddress.parse(higher).orElseThrow();

    // When
    Optional<IpAddress> next = one.next();
    Optional<IpAddress> previous = two.previous();

    // Then
    assertThat(next).contains(two);
    assertThat(previous).contains(one);
    assertThat(one).isLessThan(two);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void the_first_address_has_no_previous_one(String first) {
    assertThat(IpAddress.parse(first).orElseThrow().previous()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})
  void the_last_address_has_no_next_one(String last) {
    assertThat(IpAddress.parse(last).orElseThrow().next()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1-192.0.2.1, 1",
    "192.0.2.0-192.0.2.255, 256",
    "0.0.0.0-255.255.255.255, 4294967296",
    "::-::1:ffff:ffff:ffff, 562949953421312",
    // 63 bits hold 2^63 - 1 at most.
    "::-::7fff:ffff:ffff:fffe, 9223372036854775807",
    "::-::7fff:ffff:ffff:ffff, 9223372036854775807",
    "2001:db8::-2001:db8::ffff:ffff:ffff:ffff, 9223372036854775807",
    "::ffff:ffff:ffff:fff0-0:0:0:1::f, 32",
    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 9223372036854775807",
  })
  void a_range_has_a_size(String range, long size) {
    // Given
    String[] ends = range.split("-");

    // When
    AddressRange read =
        new AddressRange(
            IpAddress.parse(ends[0]).orElseThrow(), IpAddress.parse(ends[1]).orElseThrow());

    // Then
    assertThat(read.size()).isEqualTo(size);
  }
}
