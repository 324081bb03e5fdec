package dev.ballast.dataplane.server.announce.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArpRequestTest {

  private static final byte[] MAC = {2, 0, 0, 0, 0, 9};

  /** 192.0.2.1 asks for 192.0.2.7. */
  private static final String REQUEST =
      "ffffffffffff 020000000001 0806 0001 0800 06 04 0001"
          + " 020000000001 c0000201 000000000000 c0000207";

  private static byte[] frame() {
    return HexFormat.of().parseHex(REQUEST.replace(" ", ""));
  }

  @Test
  void a_request_is_answered_to_its_sender() {
    // Given
    NeighborRequest request = ArpRequest.parse(frame()).orElseThrow();

    // When
    byte[] answer = request.answer(MAC);

    // Then
    assertThat(request.target()).isEqualTo(InetAddress.ofLiteral("192.0.2.7"));
    assertThat(request.isMulticast()).isTrue();
    assertThat(HexFormat.of().formatHex(answer))
        .isEqualTo(
            ("020000000001 020000000009 0806 0001 0800 06 04 0002"
                    + " 020000000009 c0000207 020000000001 c0000201")
                .replace(" ", ""));
  }

  @Test
  void a_probe_is_answered_to_its_sender() {
    // Given
    byte[] probe = frame();
    Arrays.fill(probe, 28, 32, (byte) 0);

    // When
    Optional<NeighborRequest> request = ArpRequest.parse(probe);

    // Then
    assertThat(HexFormat.of().formatHex(request.orElseThrow().answer(MAC)))
        .startsWith("020000000001")
        .endsWith("02000000000100000000");
  }

  @Test
  void a_request_to_this_machine_alone_is_no_multicast() {
    // Given
    byte[] frame = frame();
    System.arraycopy(MAC, 0, frame, 0, 6);

    // When
    Optional<NeighborRequest> request = ArpRequest.parse(frame);

    // Then
    assertThat(request.orElseThrow().isMulticast()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "another Ethernet type,         13, 0",
    "another hardware type,         15, 6",
    "another protocol,              16, 9",
    "another size of a MAC address, 18, 8",
    "another size of an address,    19, 16",
    "a reply,                       21, 2",
    "a sender that is a group,      22, 1",
    "gratuitous ARP,                31, 7",
  })
  void a_frame_that_asks_nothing_is_not_a_request(String what, int at, int value) {
    // Given
    byte[] frame = frame();
    frame[at] = (byte) value;

    // When
    Optional<NeighborRequest> request = ArpRequest.parse(frame);

    // Then
    assertThat(request).isEmpty();
  }

  @Test
  void a_truncated_frame_is_not_a_request() {
    for (int length = 0; length < frame().length; length++) {
      assertThat(ArpRequest.parse(Arrays.copyOf(frame(), length))).isEmpty();
    }
  }
}
