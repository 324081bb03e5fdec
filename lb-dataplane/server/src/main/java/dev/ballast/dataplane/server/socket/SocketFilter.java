package dev.ballast.dataplane.server.socket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Programs of classic BPF, so that the kernel wakes a socket only for the frames that it wants. See
 * linux/filter.h, {@code struct sock_filter { u16 code; u8 jt, jf; u32 k; }}.
 */
final class SocketFilter {

  static final int ETH_P_IPV6 = 0x86dd;
  static final int INSTRUCTION = 8;

  /** Load, mask, compare. */
  private static final int INSTRUCTIONS_OF_MATCH = 3;

  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_SHORT = 0x28;
  private static final int AND = 0x54;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  private static final int ICMPV6 = 58;

  /** Accepts the IPv6 frames that carry an ICMPv6 message of this type. */
  static byte[] icmpv6(int type) {
    ByteBuffer program = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
    instruction(program, LOAD_BYTE, 0, 0, 20);
    instruction(program, JUMP_IF_EQUAL, 0, 3, ICMPV6);
    instruction(program, LOAD_BYTE, 0, 0, 54);
    instruction(program, JUMP_IF_EQUAL, 0, 1, type);
    instruction(program, RETURN, 0, 0, 0xffff);
    instruction(program, RETURN, 0, 0, 0);
    return program.array();
  }

  /** Accepts the frames that fulfill all conditions of at least one of these lists. */
  static byte[] anyOf(List<List<FieldMatch>> alternatives) {
    int size = 1;
    for (List<FieldMatch> all : alternatives) {
      size += INSTRUCTIONS_OF_MATCH * all.size() + 1;
    }
    ByteBuffer program = ByteBuffer.allocate(size * INSTRUCTION).order(ByteOrder.nativeOrder());
    for (List<FieldMatch> all : alternatives) {
      int left = INSTRUCTIONS_OF_MATCH * all.size() + 1;
      for (FieldMatch match : all) {
        left -= INSTRUCTIONS_OF_MATCH;
        instruction(program, match.size() == 1 ? LOAD_BYTE : LOAD_SHORT, 0, 0, match.offset());
        instruction(program, AND, 0, 0, match.mask());
        instruction(program, JUMP_IF_EQUAL, 0, left, match.value());
      }
      instruction(program, RETURN, 0, 0, 0xffff);
    }
    instruction(program, RETURN, 0, 0, 0);
    return program.array();
  }

  /** Accepts nothing. */
  static byte[] nothing() {
    ByteBuffer program = ByteBuffer.allocate(INSTRUCTION).order(ByteOrder.nativeOrder());
    instruction(program, RETURN, 0, 0, 0);
    return program.array();
  }

  private static void instruction(ByteBuffer to, int code, int ifTrue, int ifFalse, int value) {
    to.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
  }

  private SocketFilter() {}
}
