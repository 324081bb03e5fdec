package dev.ballast.dataplane.server.reachability.packet;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import dev.ballast.dataplane.server.socket.FieldMatch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What a frame answers to a check. Checksums are not verified: virtual machines of this host
 * offload them to hardware that their packets do not pass.
 */
public sealed interface ProbeAnswer {

  /** A machine has the address: an ARP reply or a Neighbor Advertisement. */
  record NeighborAnswer(InetAddress address, String mac) implements ProbeAnswer {}

  /**
   * The answer of TCP to a SYN.
   *
   * @param accepted true for SYN-ACK, false for RST
   */
  record ConnectionAnswer(TcpConnection connection, int acknowledgment, boolean accepted)
      implements ProbeAnswer {}

  /**
   * An ICMP message that the SYN did not reach its destination.
   *
   * @param sequence of the SYN
   * @param by the machine that says so
   */
  record UnreachableAnswer(TcpConnection connection, int sequence, InetAddress by)
      implements ProbeAnswer {}

  /** Accepts the frames that {@link #parse} knows, and next to no other. */
  static List<List<FieldMatch>> filter() {
    return AnswerFilter.anyOf();
  }

  /** Parses an Ethernet frame; empty for one that answers no check. */
  static Optional<ProbeAnswer> parse(byte[] frame) {
    if (!AnswerFilter.accepts(frame)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    return switch (Short.toUnsignedInt(bytes.getShort(12))) {
      case ArpPacket.ETH_P_ARP -> NeighborEntry.ofArp(frame).map(ProbeAnswer::ofEntry);
      case TcpFrame.ETH_P_IP ->
          bytes.get(TcpFrame.IP + 9) == TcpFrame.TCP
              ? ofTcp(bytes, TcpFrame.IP, TcpFrame.IPV4_LENGTH)
              : ofUnreachable(bytes, TcpFrame.IP, TcpFrame.IPV4_LENGTH);
      case TcpFrame.ETH_P_IPV6 -> {
        Optional<NeighborEntry> entry = NeighborEntry.ofAdvertisement(frame);
        yield entry.isPresent()
            ? entry.map(ProbeAnswer::ofEntry)
            : bytes.get(TcpFrame.IP + 6) == TcpFrame.TCP
                ? ofTcp(bytes, TcpFrame.IP, TcpFrame.IPV6_LENGTH)
                : ofUnreachable(bytes, TcpFrame.IP, TcpFrame.IPV6_LENGTH);
      }
      default -> Optional.empty();
    };
  }

  private static ProbeAnswer ofEntry(NeighborEntry entry) {
    return new NeighborAnswer(entry.address(), entry.mac());
  }

  private static Optional<ProbeAnswer> ofTcp(ByteBuffer frame, int ip, int ipLength) {
    int tcp = ip + ipLength;
    if (frame.limit() < tcp + 20) {
      return Optional.empty();
    }
    boolean accepted = (frame.get(tcp + 13) & TcpFrame.SYN) != 0;
    return Optional.of(
        new ConnectionAnswer(
            connection(frame, ip, ipLength).reversed(), frame.getInt(tcp + 8), accepted));
  }

  /** An ICMP error quotes the IP header and eight bytes of what follows it. */
  private static Optional<ProbeAnswer> ofUnreachable(ByteBuffer frame, int ip, int ipLength) {
    int quotedIp = ip + ipLength + 8;
    int quotedTcp = quotedIp + ipLength;
    return frame.limit() < quotedTcp + 8
        ? Optional.empty()
        : Optional.of(
            new UnreachableAnswer(
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
}
