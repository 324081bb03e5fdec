package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetTest {

  @ParameterizedTest
  @CsvSource({
    "198.18.100.1, 198.18.100.77, 24, true",
    "198.18.100.1, 198.18.101.77, 24, false",
    "198.18.100.1, 198.18.102.77, 23, false",
    "198.18.100.1, 198.18.102.77, 22, true",
    "198.18.100.1, 198.18.100.2, 31, false",
    "198.18.100.1, 198.18.100.1, 32, true",
    "198.18.100.1, 203.0.113.1, 0, true",
    "2001:db8::1, 2001:db8::ffff, 64, true",
    "2001:db8::1, 2001:db9::1, 64, false",
    "2001:db8::1, 198.18.100.1, 0, false",
  })
  void a_subnet_contains_the_addresses_with_its_prefix(
      String own, String address, int prefix, boolean same) {
    // Given
    Subnet subnet = new Subnet(InetAddress.ofLiteral(own), prefix);

    // When
    boolean contains = subnet.contains(InetAddress.ofLiteral(address));

    // Then
    assertThat(contains).isEqualTo(same);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 24, 192.0.2.0, it is the network address of 192.0.2.0/24",
    "192.0.2.1, 24, 192.0.2.255, it is the broadcast address of 192.0.2.0/24",
    "192.0.2.1, 24, 192.0.2.7,",
    "192.0.2.1, 24, 192.0.3.255,",
    "192.0.2.1, 22, 192.0.2.255,",
    "192.0.2.1, 22, 192.0.3.255, it is the broadcast address of 192.0.0.0/22",
    "192.0.2.1, 31, 192.0.2.0,",
    "192.0.2.1, 32, 192.0.2.1,",
    "2001:db8::1, 64, 2001:db8::,",
  })
  void the_first_and_the_last_address_of_a_subnet_are_unusable(
      String own, int prefix, String address, String why) {
    // Given
    Subnet subnet = new Subnet(InetAddress.ofLiteral(own), prefix);

    // When
    Optional<String> message = subnet.unusableMessage(InetAddress.ofLiteral(address));

    // Then
    assertThat(message).isEqualTo(Optional.ofNullable(why));
  }
}
