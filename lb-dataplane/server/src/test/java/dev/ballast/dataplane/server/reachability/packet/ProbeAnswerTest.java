package dev.ballast.dataplane.server.reachability.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.ArpRequest;
import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.announce.packet.NeighborSolicitation;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProbeAnswerTest {

  private static final byte[] OWN_MAC = {2, 0, 0, 0, 0, 1};
  private static final byte[] OTHER_MAC = {2, 0, 0, 0, 0, 9};
  private static final InetAddress OWN = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress OWN6 = InetAddress.ofLiteral("2001:db8::1");
  private static final InetAddress OTHER6 = InetAddress.ofLiteral("2001:db8::7");
  private static final TcpConnection V4 = new TcpConnection(OWN, 7460, OTHER, 443);
  private static final TcpConnection V6 = new TcpConnection(OWN6, 7460, OTHER6, 443);
  private static final int SEQUENCE = 0xfffefdfc;

  /** Offsets of the TCP header in a frame. */
  private static final int TCP4 = 34;

  private static final int TCP6 = 54;

  static List<TcpConnection> connections() {
    return List.of(V4, V6);
  }

  @ParameterizedTest
  @MethodSource("connections")
  void a_syn_ack_accepts_the_connection(TcpConnection connection) {
    // Given
    byte[] frame = answer(connection, TcpFrame.SYN | TcpFrame.ACK);

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(frame);

    // Then
    assertThat(answer).contains(new ProbeAnswer.ConnectionAnswer(connection, SEQUENCE + 1, true));
  }

  @ParameterizedTest
  @MethodSource("connections")
  void a_reset_refuses_the_connection(TcpConnection connection) {
    // Given
    byte[] frame = answer(connection, TcpFrame.RST | TcpFrame.ACK);

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(frame);

    // Then
    assertThat(answer).contains(new ProbeAnswer.ConnectionAnswer(connection, SEQUENCE + 1, false));
  }

  @ParameterizedTest
  @MethodSource("connections")
  void an_unreachable_message_quotes_the_syn(TcpConnection connection) {
    // Given
    byte[] frame = unreachable(connection);

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(frame);

    // Then
    assertThat(answer)
        .contains(
            new ProbeAnswer.UnreachableAnswer(connection, SEQUENCE, connection.remoteAddress()));
  }

  @Test
  void an_answer_to_an_arp_request_has_the_mac_address() {
    // Given
    byte[] request = ArpPacket.request((Inet4Address) OTHER, (Inet4Address) OWN, OWN_MAC);
    byte[] reply = ArpRequest.parse(request).orElseThrow().answer(OTHER_MAC);

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(reply);

    // Then
    assertThat(answer).contains(new ProbeAnswer.NeighborAnswer(OTHER, "02:00:00:00:00:09"));
    assertThat(ProbeAnswer.parse(request)).as("the request itself").isEmpty();
  }

  @Test
  void an_answer_to_a_neighbor_solicitation_has_the_mac_address() {
    // Given
    byte[] request =
        NeighborSolicitation.request((Inet6Address) OTHER6, (Inet6Address) OWN6, OWN_MAC);
    byte[] advertisement = NeighborSolicitation.parse(request).orElseThrow().answer(OTHER_MAC);

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(advertisement);

    // Then
    assertThat(answer).contains(new ProbeAnswer.NeighborAnswer(OTHER6, "02:00:00:00:00:09"));
    assertThat(ProbeAnswer.parse(request)).as("the request itself").isEmpty();
  }

  @Test
  void a_neighbor_advertisement_may_come_from_another_mac_address_than_it_names() {
    // Given
    byte[] request =
        NeighborSolicitation.request((Inet6Address) OTHER6, (Inet6Address) OWN6, OWN_MAC);
    byte[] advertisement = NeighborSolicitation.parse(request).orElseThrow().answer(OTHER_MAC);
    advertisement[11] = 8;

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(advertisement);

    // Then
    assertThat(answer).contains(new ProbeAnswer.NeighborAnswer(OTHER6, "02:00:00:00:00:09"));
    assertThat(ProbeAnswer.parse(Arrays.copyOf(advertisement, 78)))
        .as("without the option")
        .contains(new ProbeAnswer.NeighborAnswer(OTHER6, "02:00:00:00:00:08"));
  }

  @Test
  void a_neighbor_advertisement_from_another_lan_is_foreign() {
    // Given
    byte[] request =
        NeighborSolicitation.request((Inet6Address) OTHER6, (Inet6Address) OWN6, OWN_MAC);
    byte[] advertisement =
        Arrays.copyOf(NeighborSolicitation.parse(request).orElseThrow().answer(OTHER_MAC), 200);
    advertisement[21] = (byte) 254;

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(advertisement);

    // Then
    assertThat(answer).isEmpty();
  }

  @Test
  void an_announcement_to_all_answers_nothing() {
    assertThat(
            ProbeAnswer.parse(
                ArpPacket.gratuitous(ArpPacket.REPLY, (Inet4Address) OTHER, OTHER_MAC)))
        .isEmpty();
    assertThat(
            ProbeAnswer.parse(NeighborAdvertisement.unsolicited((Inet6Address) OTHER6, OTHER_MAC)))
        .isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "another Ethernet type, 12, 9",
    "IP options,            14, 70",
    "a first fragment,      20, 32",
    "a later fragment,      21, 1",
    "another protocol,      23, 17",
    "a lower port,          37, 31",
    "a higher port,         37, 40",
    "a SYN,                 47, 2",
    "data,                  47, 24",
    "a RST without ACK,     47, 4",
    "SYN and RST,           47, 22",
    "to all,                 0, 255",
  })
  void a_segment_that_answers_no_syn_is_foreign(String what, int at, int value) {
    // Given
    byte[] frame = answer(V4, TcpFrame.SYN | TcpFrame.ACK);
    frame[at] = (byte) value;

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(frame);

    // Then
    assertThat(answer).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "an echo reply,         34, 0",
    "a quoted IP option,    42, 70",
    "a quoted UDP datagram, 51, 17",
    "a foreign source port, 63, 40",
  })
  void a_message_that_quotes_no_syn_is_foreign(String what, int at, int value) {
    // Given
    byte[] frame = unreachable(V4);
    frame[at] = (byte) value;

    // When
    Optional<ProbeAnswer> answer = ProbeAnswer.parse(frame);

    // Then
    assertThat(answer).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("connections")
  void a_truncated_frame_answers_nothing(TcpConnection connection) {
    for (byte[] frame :
        List.of(answer(connection, TcpFrame.SYN | TcpFrame.ACK), unreachable(connection))) {
      for (int length = 0; length < frame.length; length++) {
        assertThat(ProbeAnswer.parse(Arrays.copyOf(frame, length))).isEmpty();
      }
    }
  }

  /** What the other machine answers to a SYN. */
  private static byte[] answer(TcpConnection connection, int flags) {
    byte[] frame = TcpFrame.reset(connection.reversed(), 7, OTHER_MAC, OWN_MAC);
    int tcp = connection.equals(V4) ? TCP4 : TCP6;
    return ByteBuffer.wrap(frame).putInt(tcp + 8, SEQUENCE + 1).put(tcp + 13, (byte) flags).array();
  }

  /** The ICMP message that quotes the first eight bytes of a SYN. */
  private static byte[] unreachable(TcpConnection connection) {
    byte[] syn = TcpFrame.syn(connection, SEQUENCE, OWN_MAC, OTHER_MAC);
    int tcp = connection.equals(V4) ? TCP4 : TCP6;
    byte[] frame =
        ByteBuffer.allocate(tcp + 8 + tcp - 14 + 8)
            .put(TcpFrame.reset(connection.reversed(), 0, OTHER_MAC, OWN_MAC), 0, tcp)
            .put((byte) (connection.equals(V4) ? 3 : 1))
            .put(new byte[7])
            .put(syn, 14, tcp - 14 + 8)
            .array();
    frame[connection.equals(V4) ? 23 : 20] = (byte) (connection.equals(V4) ? 1 : 58);
    return frame;
  }

  @Test
  void the_requests_are_those_of_an_ordinary_client() {
    assertThat(
            HexFormat.of()
                .formatHex(ArpPacket.request((Inet4Address) OTHER, (Inet4Address) OWN, OWN_MAC)))
        .isEqualTo(
            ("ffffffffffff 020000000001 0806 0001 0800 06 04 0001"
                    + " 020000000001 c0000201 000000000000 c0000207")
                .replace(" ", ""));
    assertThat(
            HexFormat.of()
                .formatHex(
                    NeighborSolicitation.request(
                        (Inet6Address) InetAddress.ofLiteral("2001:db8::77"),
                        (Inet6Address) OWN6,
                        OTHER_MAC)))
        .isEqualTo(
            ("3333ff000077 020000000009 86dd 60000000 0020 3a ff"
                    + " 20010db8000000000000000000000001 ff0200000000000000000001ff000077"
                    + " 87 00 1b35 00000000 20010db8000000000000000000000077 0101 020000000009")
                .replace(" ", ""));
  }
}
