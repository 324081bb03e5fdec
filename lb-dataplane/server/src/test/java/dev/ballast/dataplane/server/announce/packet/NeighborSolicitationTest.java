package dev.ballast.dataplane.server.announce.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeighborSolicitationTest {

  private static final byte[] MAC = {2, 0, 0, 0, 0, 9};

  /** As Linux sends it: fe80::1 solicits 2001:db8::77. */
  private static final String QUESTION =
      "3333ff000077 020000000001 86dd"
          + " 60000000 0020 3a ff fe800000000000000000000000000001 ff0200000000000000000001ff000077"
          + " 87 00 0000 00000000 20010db8000000000000000000000077 0101 020000000002";

  private static byte[] frame() {
    return HexFormat.of().parseHex(QUESTION.replace(" ", ""));
  }

  @Test
  void a_solicitation_is_parsed_and_answered_to_its_sender() {
    // Given
    NeighborRequest question = NeighborSolicitation.parse(frame()).orElseThrow();

    // When
    byte[] answer = question.answer(MAC);

    // Then: to the address in the option, solicited and overriding. The checksum was computed
    // apart.
    assertThat(question.target()).isEqualTo(InetAddress.ofLiteral("2001:db8::77"));
    assertThat(HexFormat.of().formatHex(answer))
        .isEqualTo(
            ("020000000002 020000000009 86dd 60000000 0020 3a ff"
                    + " 20010db8000000000000000000000077 fe800000000000000000000000000001"
                    + " 88 00 CHECKSUM 60000000 20010db8000000000000000000000077 0201 020000000009")
                .replace(" ", "")
                .replace("CHECKSUM", "%04x".formatted(checksum())));
  }

  /** RFC 1071 over the pseudo-header and the message, word by word as they are written above. */
  private static int checksum() {
    int[] words = {
      0x2001, 0x0db8, 0, 0, 0, 0, 0, 0x77, 0xfe80, 0, 0, 0, 0, 0, 0, 1, 0, 32, 0, 58, // pseudo
      0x8800, 0x6000, 0, 0x2001, 0x0db8, 0, 0, 0, 0, 0, 0x77, 0x0201, 0x0200, 0, 0x0009
    };
    int sum = 0;
    for (int word : words) {
      sum += word;
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
  }

  @Test
  void without_the_option_the_answer_goes_to_the_source_of_the_frame() {
    // Given
    byte[] frame = Arrays.copyOf(frame(), 78);
    frame[19] = 24;

    // When
    NeighborRequest question = NeighborSolicitation.parse(frame).orElseThrow();

    // Then
    assertThat(question.answer(MAC)).startsWith(2, 0, 0, 0, 0, 1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "another protocol than ICMPv6,              20, 17",
    "a hop limit that a router has lowered,     21, 254",
    "an advertisement,                          54, 136",
    "a code,                                    55, 1",
    "a length beyond the frame,                 19, 64",
    "a length below the target,                 19, 16",
    "an option of no length,                    79, 0",
    "an option longer than the message,         79, 2",
    "a target that is a group,                  62, 255",
    "another Ethernet type,                     12, 8",
  })
  void a_frame_that_breaks_a_rule_is_not_a_solicitation(String what, int at, int value) {
    // Given
    byte[] frame = frame();
    frame[at] = (byte) value;

    // When
    Optional<NeighborRequest> question = NeighborSolicitation.parse(frame);

    // Then
    assertThat(question).isEmpty();
  }

  @Test
  void a_solicitation_from_the_unspecified_address_has_no_link_layer_option() {
    // Given
    byte[] frame = frame();
    Arrays.fill(frame, 22, 38, (byte) 0);

    // When
    Optional<NeighborRequest> question = NeighborSolicitation.parse(frame);

    // Then
    assertThat(question).isEmpty();
  }

  @Test
  void a_truncated_frame_is_not_a_solicitation() {
    for (int length = 0; length < frame().length; length++) {
      assertThat(NeighborSolicitation.parse(Arrays.copyOf(frame(), length))).isEmpty();
    }
  }

  @Test
  void the_solicited_node_group_ends_with_the_last_bytes_of_the_address() throws Exception {
    // Given
    var address = (Inet6Address) InetAddress.ofLiteral("2001:db8::12:34ab:cdef");

    // When
    InetAddress group = NeighborSolicitation.solicitedNode(address);

    // Then
    assertThat(group).isEqualTo(InetAddress.ofLiteral("ff02::1:ffab:cdef"));
  }
}
