package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Reads the attributes of expressions, which linux/netfilter/nf_tables.h numbers. */
final class ExpressionAttributes {

  private static final int VALUE = 1;

  /** A u32, or 0 if it is missing. */
  static int number(NftablesExpression expression, int attribute) {
    return expression.data().find(attribute).map(ExpressionAttributes::number).orElse(0);
  }

  static int number(ByteBuffer value) {
    return value.remaining() < 4 ? 0 : value.order(ByteOrder.BIG_ENDIAN).getInt();
  }

  /** A string, or an empty one if it is missing. */
  static String text(NftablesExpression expression, int attribute) {
    return expression.data().find(attribute).map(NetlinkAttributes::text).orElse("");
  }

  /** An operand. */
  static Optional<byte[]> operand(NftablesExpression expression, int attribute) {
    return expression
        .data()
        .find(attribute)
        .flatMap(data -> NetlinkAttributes.find(data, VALUE))
        .map(NetlinkAttributes::bytes);
  }

  private ExpressionAttributes() {}
}
