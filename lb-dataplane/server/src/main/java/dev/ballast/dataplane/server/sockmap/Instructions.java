package dev.ballast.dataplane.server.sockmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BPF instructions, written one after the other: those that {@link Verdict} needs, of those in
 * Linux' Documentation/bpf/standardization/instruction-set.rst. Registers are their numbers; jumps
 * go forward, to labels.
 */
final class Instructions {

  private static final int SIZE = 8;
  private static final int PSEUDO_MAP_FD = 1;

  private record Code(int opcode, int to, int from, int offset, int immediate, String target) {}

  private final List<Code> codes = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();

  Instructions label(String name) {
    labels.put(name, codes.size());
    return this;
  }

  /** {@code to = from}, 64 bits. */
  Instructions move(int to, int from) {
    return add(0xbf, to, from, 0, 0);
  }

  /** {@code to = value}. */
  Instructions set(int to, int value) {
    return add(0xb7, to, 0, 0, value);
  }

  /** {@code to += value}, 64 bits: for pointers. */
  Instructions advance(int to, int value) {
    return add(0x07, to, 0, 0, value);
  }

  /** {@code to += from}, 64 bits. */
  Instructions add64(int to, int from) {
    return add(0x0f, to, from, 0, 0);
  }

  /** {@code to += from} modulo 2³². */
  Instructions add32(int to, int from) {
    return add(0x0c, to, from, 0, 0);
  }

  /** {@code to -= from} modulo 2³². */
  Instructions subtract32(int to, int from) {
    return add(0x1c, to, from, 0, 0);
  }

  /** {@code to ^= value}, 32 bits. */
  Instructions xor32(int to, int value) {
    return add(0xa4, to, 0, 0, value);
  }

  /** {@code to >>>= bits}, 32 bits. */
  Instructions shiftRight32(int to, int bits) {
    return add(0x74, to, 0, 0, bits);
  }

  /** {@code to = *(u32 *)(from + offset)}. */
  Instructions load32(int to, int from, int offset) {
    return add(0x61, to, from, offset, 0);
  }

  /** {@code to = *(u64 *)(from + offset)}. */
  Instructions load64(int to, int from, int offset) {
    return add(0x79, to, from, offset, 0);
  }

  /** {@code *(u32 *)(to + offset) = from}. */
  Instructions store32(int to, int offset, int from) {
    return add(0x63, to, from, offset, 0);
  }

  /** {@code *(u64 *)(to + offset) = from}. */
  Instructions store64(int to, int offset, int from) {
    return add(0x7b, to, from, offset, 0);
  }

  /** {@code *(u32 *)(to + offset) = value}. */
  Instructions storeValue32(int to, int offset, int value) {
    return add(0x62, to, 0, offset, value);
  }

  Instructions ifZero(int register, String target) {
    return jump(0x15, register, 0, target);
  }

  /** Compares 64 bits. */
  Instructions ifDifferent(int register, int other, String target) {
    return jump(0x5d, register, other, target);
  }

  /** Compares 32 bits, without sign. */
  Instructions ifGreater32(int register, int than, String target) {
    return jump(0x2e, register, than, target);
  }

  /** {@code r0 = function(r1 … r5)}; r1 to r5 are lost. */
  Instructions call(int function) {
    return add(0x85, 0, 0, 0, function);
  }

  /** {@code to =} the map that this descriptor stands for. */
  Instructions map(int to, int descriptor) {
    return add(0x18, to, PSEUDO_MAP_FD, 0, descriptor).add(0, 0, 0, 0, 0);
  }

  /** Returns r0. */
  Instructions exit() {
    return add(0x95, 0, 0, 0, 0);
  }

  int count() {
    return codes.size();
  }

  /** As {@code struct bpf_insn[]}. */
  byte[] assemble() {
    ByteBuffer out = ByteBuffer.allocate(codes.size() * SIZE).order(ByteOrder.nativeOrder());
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    for (int i = 0; i < codes.size(); i++) {
      Code code = codes.get(i);
      int offset = code.target.isEmpty() ? code.offset : distance(i, code.target);
      out.put((byte) code.opcode);
      out.put((byte) (little ? code.from << 4 | code.to : code.to << 4 | code.from));
      out.putShort((short) offset);
      out.putInt(code.immediate);
    }
    return out.array();
  }

  private int distance(int from, String target) {
    Integer to = labels.get(target);
    if (to == null || to <= from) {
      throw new IllegalStateException("no label %s after instruction %d".formatted(target, from));
    }
    return to - from - 1;
  }

  private Instructions jump(int opcode, int to, int from, String target) {
    codes.add(new Code(opcode, to, from, 0, 0, target));
    return this;
  }

  private Instructions add(int opcode, int to, int from, int offset, int immediate) {
    codes.add(new Code(opcode, to, from, offset, immediate, ""));
    return this;
  }
}
