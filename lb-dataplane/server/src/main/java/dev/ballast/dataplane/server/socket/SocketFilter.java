package dev.ballast.dataplane.server.socket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Programs of classic BPF, so that the kernel wakes a socket only for the frames that it wants. See
 * linux/filter.h, {@code struct sock_filter { u16 code; u8 jt, jf; u32 k; }}.
 */
final class SocketFilter {

  static final int ETH_P_IPV6 = 0x86dd;
  static final int INSTRUCTION = 8;

  private static final int LOAD_BYTE = 0x30;
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
