package dev.ballast.dataplane.server.reachability.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.packet.InternetChecksum;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The vectors with addresses were computed by another program. */
class TcpFrameTest {

  private static final byte[] OWN = {2, 0, 0, 0, 0, 1};
  private static final byte[] OTHER = {2, 0, 0, 0, 0, 9};

  private static final TcpConnection V4 =
      new TcpConnection(
          InetAddress.ofLiteral("192.0.2.1"), 7456, InetAddress.ofLiteral("192.0.2.7"), 443);

  private static final TcpConnection V6 =
      new TcpConnection(
          InetAddress.ofLiteral("2001:db8::1"), 7456, InetAddress.ofLiteral("2001:db8::7"), 443);

  @Test
  void the_checksum_is_that_of_the_example_in_rfc_1071() {
    // Given
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex("0001f203f4f5f6f7"));

    // When
    short checksum = InternetChecksum.of(bytes, 0, 8, 0);

    // Then
    assertThat(Short.toUnsignedInt(checksum)).isEqualTo(0xffff & ~0xddf2);
  }

  @Test
  void a_syn_over_ipv4_has_the_segment_size_of_ethernet() {
    // When
    byte[] frame = TcpFrame.syn(V4, 0x01020304, OWN, OTHER);

    // Then
    assertHex(
        frame,
        "020000000009 020000000001 0800"
            + " 4500002c 00004000 4006b6c3 c0000201 c0000207"
            + " 1d2001bb 01020304 00000000 6002faf0 f64b0000 020405b4");
  }

  @Test
  void a_syn_over_ipv6_has_the_segment_size_of_ethernet() {
    // When
    byte[] frame = TcpFrame.syn(V6, 0x01020304, OWN, OTHER);

    // Then
    assertHex(
        frame,
        "020000000009 020000000001 86dd 60000000 0018 06 40"
            + " 20010db8000000000000000000000001 20010db8000000000000000000000007"
            + " 1d2001bb 01020304 00000000 6002faf0 1eef0000 020405a0");
  }

  @Test
  void a_reset_has_neither_options_nor_a_window() {
    // When
    byte[] frame = TcpFrame.reset(V4, 0x01020305, OWN, OTHER);

    // Then
    assertHex(
        frame,
        "020000000009 020000000001 0800"
            + " 45000028 00004000 4006b6c7 c0000201 c0000207"
            + " 1d2001bb 01020305 00000000 50040000 08f60000");
  }

  private static void assertHex(byte[] frame, String expected) {
    assertThat(HexFormat.of().formatHex(frame)).isEqualTo(expected.replace(" ", ""));
  }
}
