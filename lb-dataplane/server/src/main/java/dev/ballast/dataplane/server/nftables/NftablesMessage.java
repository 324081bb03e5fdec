package dev.ballast.dataplane.server.nftables;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A message of nfnetlink, and its attributes:
 *
 * <pre>
 * struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid; }
 * struct nfgenmsg { u8 family; u8 version; be16 resource; }
 * </pre>
 *
 * @param type {@code NFT_MSG_}, or one of the two that enclose a batch
 * @param family of the table
 */
record NftablesMessage(int type, int flags, int family, NetlinkAttributes attributes) {

  /** The size in bytes of both headers. */
  static final int HEADER = NetlinkSocket.HEADER + 4;

  /** {@code NFNL_SUBSYS_NFTABLES}, the upper byte of a message's type. */
  static final int SUBSYSTEM = 10;

  static final int NEW_TABLE = SUBSYSTEM << 8;
  static final int GET_TABLE = NEW_TABLE + 1;
  static final int DELETE_TABLE = NEW_TABLE + 2;
  static final int NEW_CHAIN = NEW_TABLE + 3;
  static final int GET_CHAIN = NEW_TABLE + 4;
  static final int NEW_RULE = NEW_TABLE + 6;
  static final int GET_RULE = NEW_TABLE + 7;
  static final int DELETE_RULE = NEW_TABLE + 8;
  static final int NEW_SET = NEW_TABLE + 9;
  static final int NEW_ELEMENTS = NEW_TABLE + 12;
  static final int GET_ELEMENTS = NEW_TABLE + 13;
  static final int DELETE_ELEMENTS = NEW_TABLE + 14;

  static final int CREATE = 0x400;
  static final int APPEND = 0x800;
  static final int DUMP = 0x300;
  static final int ACK = 0x4;

  /** Of a message of a dump: the ruleset has changed meanwhile. */
  static final int DUMP_INTERRUPTED = 0x10;

  private static final int REQUEST = 0x1;
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;

  NftablesMessage(int type, int flags, NftablesTable table, NetlinkAttributes attributes) {
    this(type, flags, table.family().number(), attributes);
  }

  static NftablesMessage batchBegin() {
    return new NftablesMessage(BATCH_BEGIN, 0, 0, new NetlinkAttributes());
  }

  static NftablesMessage batchEnd() {
    return new NftablesMessage(BATCH_END, 0, 0, new NetlinkAttributes());
  }

  int length() {
    return HEADER + attributes.size();
  }

  void writeTo(ByteBuffer buffer, int moreFlags, int sequence) {
    buffer.order(ByteOrder.nativeOrder());
    buffer.putInt(length()).putShort((short) type).putShort((short) (REQUEST | flags | moreFlags));
    buffer.putInt(sequence).putInt(0).put((byte) family).put((byte) 0);
    // In network byte order: a batch is of one subsystem.
    boolean batch = type == BATCH_BEGIN || type == BATCH_END;
    buffer.put((byte) 0).put((byte) (batch ? SUBSYSTEM : 0)).put(attributes.toBytes());
  }

  byte[] toBytes(int sequence) {
    ByteBuffer buffer = ByteBuffer.allocate(length());
    writeTo(buffer, 0, sequence);
    return buffer.array();
  }
}
