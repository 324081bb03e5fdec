package dev.ballast.dataplane.server.reachability.packet;

import dev.ballast.dataplane.server.socket.FieldMatch;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** What a frame answers to a check. */
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
    return AnswerParser.parse(frame);
  }
}
