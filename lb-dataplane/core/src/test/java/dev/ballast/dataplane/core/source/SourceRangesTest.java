package dev.ballast.dataplane.core.source;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Tag;

@Tag("feature:traffic")
class SourceRangesTest {

  @Property
  void a_range_contains_exactly_the_addresses_with_its_prefix(
      @ForAll int network, @ForAll @IntRange(max = 32) int length, @ForAll int client) {
    // Given
    Cidr range = cidr(address(network).getHostAddress() + "/" + length);
    boolean same = length == 0 || (network ^ client) >>> (32 - length) == 0;

    // Then
    assertThat(range.contains(address(client))).isEqualTo(same);
    assertThat(range.contains(address(network))).isTrue();
  }

  @Property
  void an_ipv6_range_contains_exactly_the_addresses_with_its_prefix(
      @ForAll @Size(16) byte[] network,
      @ForAll @IntRange(max = 128) int length,
      @ForAll @IntRange(max = 127) int flipped)
      throws UnknownHostException {
    // Given
    network[0] = 0x20; // a global unicast address
    byte[] client = network.clone();
    client[flipped / 8] ^= (byte) (0x80 >> flipped % 8);

    // When
    Cidr range = cidr(InetAddress.getByAddress(network).getHostAddress() + "/" + length);

    // Then
    assertThat(range.contains(InetAddress.getByAddress(network))).isTrue();
    assertThat(range.contains(InetAddress.getByAddress(client))).isEqualTo(flipped >= length);
  }

  @Property
  void the_two_halves_of_the_address_space_contain_every_address(@ForAll int client) {
    assertThat(only("0.0.0.0/1", "128.0.0.0/1").allows(address(client))).isTrue();
  }

  @Example
  void without_a_list_every_client_is_allowed() {
    assertThat(SourceRanges.UNRESTRICTED.allows(address("203.0.113.7"))).isTrue();
    assertThat(SourceRanges.UNRESTRICTED.allows(address("2001:db8::7"))).isTrue();
  }

  @Example
  void a_list_without_a_valid_range_allows_no_client() {
    assertThat(SourceRanges.only(List.of()).allows(address("203.0.113.7"))).isFalse();
  }

  @Property(tries = 100)
  void a_list_of_one_family_allows_no_client_of_the_other_family(@ForAll int client) {
    assertThat(only("::/0").allows(address(client))).isFalse();
    assertThat(only("0.0.0.0/0").allows(address("2001:db8::7"))).isFalse();
    assertThat(only("0.0.0.0/0", "::/0").allows(address("2001:db8::7"))).isTrue();
  }

  @Example
  void an_ipv4_client_matches_also_with_an_ipv4_mapped_address() throws UnknownHostException {
    // Given
    byte[] bytes = new byte[16];
    bytes[10] = bytes[11] = (byte) 0xff;
    System.arraycopy(address("203.0.113.7").getAddress(), 0, bytes, 12, 4);
    InetAddress mapped = Inet6Address.getByAddress(null, bytes, 0);
    assertThat(mapped).isInstanceOf(Inet6Address.class);

    // Then
    assertThat(only("203.0.113.0/24").allows(mapped)).isTrue();
    assertThat(only("198.51.100.0/24", "::/0").allows(mapped)).isFalse();
    assertThat(only("::ffff:203.0.113.0/120").allows(address("203.0.113.7"))).isTrue();
  }

  @Example
  void bits_after_the_prefix_and_surrounding_spaces_are_ignored() {
    assertThat(cidr(" 203.0.113.99/24 ")).isEqualTo(cidr("203.0.113.0/24"));
  }

  @Example
  void text_that_is_not_a_cidr_is_rejected() {
    assertThat(
            Stream.of(
                "",
                "/",
                "203.0.113.7",
                "203.0.113.0/",
                "203.0.113.0/33",
                "203.0.113.0/-1",
                "203.0.113.0/+8",
                "203.0.113.0/8/8",
                "203.0/16",
                "203.0.113.0.1/8",
                "::/129",
                "fe80::1%lo/64",
                "example.org/8",
                "203.0.113.256/8",
                "203.0.113.0/99999999999"))
        .allSatisfy(text -> assertThat(Cidr.parse(text)).isEmpty());
  }

  private static SourceRanges only(String... cidrs) {
    return SourceRanges.only(Stream.of(cidrs).map(SourceRangesTest::cidr).toList());
  }

  private static Cidr cidr(String text) {
    return Cidr.parse(text).orElseThrow();
  }
}
