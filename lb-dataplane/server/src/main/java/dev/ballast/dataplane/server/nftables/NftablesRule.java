package dev.ballast.dataplane.server.nftables;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A rule that the kernel has.
 *
 * @param handle by which it is deleted
 * @param comment of the program that made it
 */
public record NftablesRule(
    long handle, List<NftablesExpression> expressions, Optional<String> comment) {

  /** {@code NFTNL_UDATA_RULE_COMMENT} of libnftnl. */
  private static final byte COMMENT = 0;

  public NftablesRule {
    expressions = List.copyOf(expressions);
  }

  /** User data as the nft program writes it: a u8 type, a u8 length, and the text with a NUL. */
  static byte[] userData(String comment) {
    byte[] text = comment.getBytes(UTF_8);
    ByteBuffer data = ByteBuffer.allocate(text.length + 3);
    return data.put(COMMENT).put((byte) (text.length + 1)).put(text).array();
  }

  static Optional<String> comment(ByteBuffer userData) {
    for (int at = userData.position(); at + 2 <= userData.limit(); ) {
      int length = Byte.toUnsignedInt(userData.get(at + 1));
      if (at + 2 + length > userData.limit()) {
        return Optional.empty();
      }
      if (userData.get(at) == COMMENT) {
        return Optional.of(NetlinkAttributes.text(userData.slice(at + 2, length)));
      }
      at += 2 + length;
    }
    return Optional.empty();
  }
}
