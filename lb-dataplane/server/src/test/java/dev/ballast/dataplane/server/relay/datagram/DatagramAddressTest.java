package dev.ballast.dataplane.server.relay.datagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as the kernel writes them, in both halves of each range. */
class DatagramAddressTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"127.66.0.1", "198.18.100.161", "255.255.255.254", "2001:db8::1", "fe80::ff"})
  void an_address_that_was_written_is_read_as_an_equal_one(String text) {
    // Given
    DatagramAddress address = DatagramAddress.of(InetAddress.ofLiteral(text), 40_000);
    ByteBuffer memory = ByteBuffer.allocate(32).order(ByteOrder.nativeOrder());
    var unused = address.write(memory, 0);

    // When
    DatagramAddress read = DatagramAddress.read(memory, 0);

    // Then
    assertThat(read).isEqualTo(address).hasSameHashCodeAs(address);
    assertThat(address.matches(memory, 0)).isTrue();
    assertThat(DatagramAddress.hashAt(memory, 0)).isEqualTo(address.hashCode());
    assertThat(read.address()).isEqualTo(InetAddress.ofLiteral(text));
  }
}
