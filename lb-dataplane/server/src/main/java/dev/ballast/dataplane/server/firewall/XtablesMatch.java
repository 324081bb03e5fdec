package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.number;
import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.text;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Matches of iptables, each with a struct of its own. */
final class XtablesMatch {

  /** struct xt_socket_mtinfo1 { u8 flags; }, padded. */
  private static final byte TRANSPARENT = 1;

  private static final byte[] SOCKET_TRANSPARENT = {TRANSPARENT, 0, 0, 0, 0, 0, 0, 0};

  /** struct xt_addrtype_info_v1 { u16 source; u16 dest; u32 flags; }. */
  private static final int ADDRESS_TYPE_LOCAL = 1 << 2;

  private static final int INFO = 3;

  /** As {@code -m socket --transparent}, in a revision that all kernels have. */
  static NftablesExpression socketTransparent() {
    return NftablesExpression.match("socket", 1, SOCKET_TRANSPARENT);
  }

  /** Whether it certainly matches a packet for a transparent socket at a local address. */
  static boolean matches(NftablesExpression expression) {
    int revision = number(expression, 2);
    Optional<ByteBuffer> info = expression.data().find(INFO);
    return switch (text(expression, 1)) {
      case "comment" -> true;
      case "socket" ->
          revision >= 1 && info.filter(bytes -> (bytes.get() & TRANSPARENT) != 0).isPresent();
      case "addrtype" -> revision == 1 && info.filter(XtablesMatch::isLocalDestination).isPresent();
      default -> false;
    };
  }

  private static boolean isLocalDestination(ByteBuffer info) {
    return info.getShort(0) == 0
        && (info.getShort(2) & ADDRESS_TYPE_LOCAL) != 0
        && info.getInt(4) == 0;
  }

  static boolean isSocket(NftablesExpression expression) {
    return expression.name().equals("match") && text(expression, 1).equals("socket");
  }

  /** The text of {@code -m comment}. */
  static Optional<String> comment(NftablesExpression expression) {
    return expression.name().equals("match") && text(expression, 1).equals("comment")
        ? expression.data().find(INFO).map(NetlinkAttributes::text)
        : Optional.empty();
  }

  private XtablesMatch() {}
}
