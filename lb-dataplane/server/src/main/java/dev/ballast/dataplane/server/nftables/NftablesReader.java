package dev.ballast.dataplane.server.nftables;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the messages of a dump say about chains and rules. */
final class NftablesReader {

  /** Of the struct nfgenmsg. */
  private static final int FAMILY = NftablesMessage.HEADER - 4;

  private static final int DROP = 0;

  /** Nothing for a chain that only other chains go to, and for one of a device or a bridge. */
  static Optional<NftablesBaseChain> baseChain(ByteBuffer message) {
    // First, because most chains of a node have no hook.
    Optional<ByteBuffer> hook = find(message, 4);
    Optional<Family> family = Family.of(message.get(FAMILY));
    if (hook.isEmpty() || family.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new NftablesBaseChain(
            new NftablesTable(family.get(), text(message, 1)),
            text(message, 3),
            hook(hook.get()),
            text(message, 7),
            find(message, 5).filter(policy -> bigEndian(policy).getInt() == DROP).isPresent()));
  }

  private static NftablesHook hook(ByteBuffer hook) {
    return new NftablesHook(number(hook, 1), number(hook, 2));
  }

  private static int number(ByteBuffer attributes, int type) {
    return NetlinkAttributes.find(attributes, type)
        .map(value -> bigEndian(value).getInt())
        .orElse(0);
  }

  static NftablesRule rule(ByteBuffer message) {
    return new NftablesRule(
        find(message, 3).map(value -> bigEndian(value).getLong()).orElse(0L),
        find(message, 4).map(NftablesReader::expressions).orElse(List.of()),
        find(message, 7).flatMap(NftablesRule::comment));
  }

  private static List<NftablesExpression> expressions(ByteBuffer list) {
    List<NftablesExpression> expressions = new ArrayList<>();
    while (list.remaining() >= 4) {
      int length = Math.max(4, Short.toUnsignedInt(list.getShort(list.position())));
      NetlinkAttributes.find(list, 1).map(NftablesReader::expression).ifPresent(expressions::add);
      list.position(Math.min(list.limit(), list.position() + ((length + 3) & ~3)));
    }
    return expressions;
  }

  private static NftablesExpression expression(ByteBuffer element) {
    NetlinkAttributes data =
        NetlinkAttributes.find(element, 2)
            .map(NetlinkAttributes::of)
            .orElseGet(NetlinkAttributes::new);
    String name = NetlinkAttributes.find(element, 1).map(NetlinkAttributes::text).orElse("");
    return new NftablesExpression(name, data);
  }

  private static String text(ByteBuffer message, int type) {
    return find(message, type).map(NetlinkAttributes::text).orElse("");
  }

  private static Optional<ByteBuffer> find(ByteBuffer message, int type) {
    return NetlinkAttributes.find(message.position(NftablesMessage.HEADER), type);
  }

  private static ByteBuffer bigEndian(ByteBuffer value) {
    return value.order(ByteOrder.BIG_ENDIAN);
  }

  private NftablesReader() {}
}
