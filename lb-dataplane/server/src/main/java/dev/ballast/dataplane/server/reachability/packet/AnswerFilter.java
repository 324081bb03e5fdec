package dev.ballast.dataplane.server.reachability.packet;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.socket.FieldMatch;
import java.util.List;

/**
 * Which frames may answer a check. The kernel applies it to each frame that comes in, so that the
 * traffic of a busy node wakes no thread.
 */
final class AnswerFilter {

  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int ICMP_UNREACHABLE = 3;
  private static final int ICMPV6_UNREACHABLE = 1;
  private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

  /** Answers are for this node alone. Announcements are for all. */
  private static final FieldMatch UNICAST = FieldMatch.ofByte(0, 0).masked(1);

  private static final FieldMatch ARP = FieldMatch.ofShort(12, ArpPacket.ETH_P_ARP);
  private static final FieldMatch IPV4 = FieldMatch.ofShort(12, TcpFrame.ETH_P_IP);
  private static final FieldMatch IPV4_WITHOUT_OPTIONS = FieldMatch.ofByte(14, TcpFrame.VERSION_4);
  private static final FieldMatch WHOLE =
      FieldMatch.ofShort(20, 0).masked(MORE_FRAGMENTS_AND_OFFSET);
  private static final FieldMatch IPV6 = FieldMatch.ofShort(12, TcpFrame.ETH_P_IPV6);

  private static final List<FieldMatch> ARP_REPLY =
      List.of(ARP, FieldMatch.ofShort(20, ArpPacket.REPLY), UNICAST);

  private static final List<FieldMatch> UNREACHABLE_OVER_IPV4 =
      List.of(
          IPV4,
          FieldMatch.ofByte(23, ICMP),
          IPV4_WITHOUT_OPTIONS,
          WHOLE,
          FieldMatch.ofByte(34, ICMP_UNREACHABLE),
          FieldMatch.ofByte(42, TcpFrame.VERSION_4),
          FieldMatch.ofByte(51, TcpFrame.TCP),
          port(62),
          UNICAST);

  private static final List<FieldMatch> UNREACHABLE_OVER_IPV6 =
      List.of(
          IPV6,
          FieldMatch.ofByte(20, ICMPV6),
          FieldMatch.ofByte(54, ICMPV6_UNREACHABLE),
          FieldMatch.ofByte(68, TcpFrame.TCP),
          port(102),
          UNICAST);

  private static final List<FieldMatch> NEIGHBOR_ADVERTISEMENT =
      List.of(
          IPV6,
          FieldMatch.ofByte(20, ICMPV6),
          FieldMatch.ofByte(54, NeighborAdvertisement.TYPE),
          UNICAST);

  private static final List<List<FieldMatch>> ANY_OF =
      List.of(
          tcpOverIpv4(TcpFrame.SYN | TcpFrame.ACK),
          tcpOverIpv4(TcpFrame.RST | TcpFrame.ACK),
          UNREACHABLE_OVER_IPV4,
          tcpOverIpv6(TcpFrame.SYN | TcpFrame.ACK),
          tcpOverIpv6(TcpFrame.RST | TcpFrame.ACK),
          UNREACHABLE_OVER_IPV6,
          NEIGHBOR_ADVERTISEMENT,
          ARP_REPLY);

  static List<List<FieldMatch>> anyOf() {
    return ANY_OF;
  }

  /** What the kernel decides. */
  static boolean accepts(byte[] frame) {
    return ANY_OF.stream().anyMatch(all -> all.stream().allMatch(match -> match.accepts(frame)));
  }

  private static FieldMatch port(int offset) {
    return FieldMatch.ofShort(offset, SourcePorts.FIRST).masked(SourcePorts.MASK);
  }

  private static List<FieldMatch> tcpOverIpv4(int flags) {
    return List.of(
        IPV4,
        FieldMatch.ofByte(23, TcpFrame.TCP),
        port(36),
        flags(47, flags),
        IPV4_WITHOUT_OPTIONS,
        WHOLE,
        UNICAST);
  }

  private static List<FieldMatch> tcpOverIpv6(int flags) {
    return List.of(IPV6, FieldMatch.ofByte(20, TcpFrame.TCP), port(56), flags(67, flags), UNICAST);
  }

  private static FieldMatch flags(int offset, int flags) {
    return FieldMatch.ofByte(offset, flags).masked(TcpFrame.SYN | TcpFrame.RST | TcpFrame.ACK);
  }

  private AnswerFilter() {}
}
