package dev.ballast.dataplane.server.reachability.packet;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Parses what {@link AnswerFilter} accepts. Checksums are not verified: virtual machines of this
 * host offload them to hardware that their packets do not pass.
 */
final class AnswerParser {

  /** Of a message without extension headers. */
  private static final int ICMPV6_TYPE = 54;

  /** Of the first option in a Neighbor Advertisement. */
  private static final int OPTION = 78;

  private static final int TARGET_LINK_LAYER_ADDRESS = 2;

  static Optional<ProbeAnswer> parse(byte[] frame) {
    if (!AnswerFilter.accepts(frame)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    return switch (Short.toUnsignedInt(bytes.getShort(12))) {
      case ArpPacket.ETH_P_ARP -> NeighborEntry.ofArp(frame).map(AnswerParser::ofEntry);
      case TcpFrame.ETH_P_IP ->
          bytes.get(TcpFrame.IP + 9) == TcpFrame.TCP
              ? ofTcp(bytes, TcpFrame.IP, TcpFrame.IPV4_LENGTH)
              : ofUnreachable(bytes, TcpFrame.IP, TcpFrame.IPV4_LENGTH);
      case TcpFrame.ETH_P_IPV6 ->
          bytes.get(TcpFrame.IP + 6) == TcpFrame.TCP
              ? ofTcp(bytes, TcpFrame.IP, TcpFrame.IPV6_LENGTH)
              : Byte.toUnsignedInt(frame[ICMPV6_TYPE]) == NeighborAdvertisement.TYPE
                  ? NeighborEntry.ofAdvertisement(frame).map(e -> ofAdvertisement(e, frame))
                  : ofUnreachable(bytes, TcpFrame.IP, TcpFrame.IPV6_LENGTH);
      default -> Optional.empty();
    };
  }

  private static ProbeAnswer ofEntry(NeighborEntry entry) {
    return new ProbeAnswer.NeighborAnswer(entry.address(), entry.mac());
  }

  /** A client sends to the MAC address in the option, which may differ from that of the sender. */
  private static ProbeAnswer ofAdvertisement(NeighborEntry sender, byte[] frame) {
    boolean hasOption =
        frame.length >= OPTION + 8
            && frame[OPTION] == TARGET_LINK_LAYER_ADDRESS
            && frame[OPTION + 1] == 1;
    return new ProbeAnswer.NeighborAnswer(
        sender.address(),
        hasOption
            ? NeighborEntry.mac(Arrays.copyOfRange(frame, OPTION + 2, OPTION + 8))
            : sender.mac());
  }

  private static Optional<ProbeAnswer> ofTcp(ByteBuffer frame, int ip, int ipLength) {
    int tcp = ip + ipLength;
    if (frame.limit() < tcp + 20) {
      return Optional.empty();
    }
    boolean accepted = (frame.get(tcp + 13) & TcpFrame.SYN) != 0;
    return Optional.of(
        new ProbeAnswer.ConnectionAnswer(
            connection(frame, ip, ipLength).reversed(), frame.getInt(tcp + 8), accepted));
  }

  /** An ICMP error quotes the IP header and eight bytes of what follows it. */
  private static Optional<ProbeAnswer> ofUnreachable(ByteBuffer frame, int ip, int ipLength) {
    int quotedIp = ip + ipLength + 8;
    int quotedTcp = quotedIp + ipLength;
    return frame.limit() < quotedTcp + 8
        ? Optional.empty()
        : Optional.of(
            new ProbeAnswer.UnreachableAnswer(
                connection(frame, quotedIp, ipLength),
                frame.getInt(quotedTcp + 4),
                connection(frame, ip, ipLength).localAddress()));
  }

  /** The connection from the source of a packet to its destination. */
  private static TcpConnection connection(ByteBuffer frame, int ip, int ipLength) {
    int tcp = ip + ipLength;
    int addressLength = ipLength == TcpFrame.IPV6_LENGTH ? 16 : 4;
    return new TcpConnection(
        address(frame, tcp - 2 * addressLength, addressLength),
        Short.toUnsignedInt(frame.getShort(tcp)),
        address(frame, tcp - addressLength, addressLength),
        Short.toUnsignedInt(frame.getShort(tcp + 2)));
  }

  private static InetAddress address(ByteBuffer frame, int at, int length) {
    byte[] address = new byte[length];
    frame.get(at, address);
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(length), e);
    }
  }

  private AnswerParser() {}
}
