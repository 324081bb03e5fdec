package dev.ballast.dataplane.server.nftables;

import static dev.ballast.dataplane.server.nftables.NftablesExpression.and;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.equal;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.meta;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notEqual;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.payload;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Header;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Meta;
import java.util.ArrayList;
import java.util.List;

/**
 * Which segment of a connection matches: of the flags FIN, SYN, RST and ACK, the first one has only
 * SYN.
 */
public final class TcpFlags {

  private static final byte SYN = 0x02;
  private static final byte FIN_SYN_RST_ACK = 0x17;

  /** {@code tcp flags & (fin | syn | rst | ack) == syn} */
  public static List<NftablesExpression> firstSegment() {
    return flags(equal(1, SYN));
  }

  /** {@code tcp flags & (fin | syn | rst | ack) != syn} */
  public static List<NftablesExpression> notFirstSegment() {
    return flags(notEqual(1, SYN));
  }

  private static List<NftablesExpression> flags(NftablesExpression condition) {
    List<NftablesExpression> match = new ArrayList<>();
    match.add(meta(Meta.TRANSPORT_PROTOCOL, 1));
    match.add(equal(1, Protocol.TCP.number()));
    match.add(payload(Header.TRANSPORT, 13, 1, 1));
    match.add(and(1, FIN_SYN_RST_ACK));
    match.add(condition);
    return match;
  }

  private TcpFlags() {}
}
