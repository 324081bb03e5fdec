package dev.ballast.dataplane.server.sockmap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where the running kernel has which field: its type information, BTF (Linux,
 * Documentation/bpf/btf.rst). It differs from kernel to kernel, so it is read, not written down.
 */
final class KernelTypes {

  private static final Path OF_THIS_KERNEL = Path.of("/sys/kernel/btf/vmlinux");
  private static final short MAGIC = (short) 0xeb9f;
  private static final int TYPE = 12;
  private static final int MEMBER = 12;
  private static final int STRUCT = 4;
  private static final int UNION = 5;

  private final ByteBuffer bytes;
  private final int strings;

  /** Position of each type, by its number. */
  private final List<Integer> types = new ArrayList<>();

  private KernelTypes(ByteBuffer bytes, int strings) {
    this.bytes = bytes;
    this.strings = strings;
  }

  /**
   * @throws IOException when the kernel has none, or of a format that is not understood
   */
  static KernelTypes read() throws IOException {
    return parse(Files.readAllBytes(OF_THIS_KERNEL));
  }

  static KernelTypes parse(byte[] btf) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(btf).order(ByteOrder.nativeOrder());
    if (btf.length < 24 || bytes.getShort(0) != MAGIC) {
      throw new IOException("the kernel's type information is of an unknown format");
    }
    int header = bytes.getInt(4);
    int from = header + bytes.getInt(8);
    int to = from + bytes.getInt(12);
    var parsed = new KernelTypes(bytes, header + bytes.getInt(16));
    parsed.types.add(-1); // void
    try {
      for (int at = from; at < to; at += parsed.size(at)) {
        parsed.types.add(at);
      }
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("the kernel's type information is cut off", e);
    }
    return parsed;
  }

  /** Offset in bytes of a field of a struct, also one of its unnamed parts. */
  int offset(String struct, String field) throws IOException {
    for (int type = 1; type < types.size(); type++) {
      int at = types.get(type);
      if (kind(at) == STRUCT && struct.equals(name(bytes.getInt(at)))) {
        OptionalInt bits = bits(at, field);
        if (bits.isPresent()) {
          return bits.getAsInt() / 8;
        }
      }
    }
    throw new IOException("this kernel's struct %s has no %s".formatted(struct, field));
  }

  private OptionalInt bits(int at, String field) {
    boolean bitFields = bytes.getInt(at + 4) < 0;
    for (int i = 0; i < count(at); i++) {
      int member = at + TYPE + i * MEMBER;
      int offset = bytes.getInt(member + 8);
      offset = bitFields ? offset & 0xffffff : offset;
      String name = name(bytes.getInt(member));
      if (name.equals(field)) {
        return OptionalInt.of(offset);
      }
      int inner = types.get(bytes.getInt(member + 4));
      if (name.isEmpty() && inner > 0 && (kind(inner) == STRUCT || kind(inner) == UNION)) {
        OptionalInt within = bits(inner, field);
        if (within.isPresent()) {
          return OptionalInt.of(offset + within.getAsInt());
        }
      }
    }
    return OptionalInt.empty();
  }

  private int kind(int at) {
    return bytes.getInt(at + 4) >>> 24 & 0x1f;
  }

  private int count(int at) {
    return bytes.getInt(at + 4) & 0xffff;
  }

  /** The record of a type is followed by what its kind needs. */
  private int size(int at) throws IOException {
    int count = count(at);
    return TYPE
        + switch (kind(at)) {
          case 1, 14, 17 -> 4; // INT, VAR, DECL_TAG
          case 3 -> 12; // ARRAY
          case STRUCT, UNION, 15, 19 -> count * 12; // DATASEC, ENUM64
          case 6, 13 -> count * 8; // ENUM, FUNC_PROTO
          case 2, 7, 8, 9, 10, 11, 12, 16, 18 -> 0;
          default -> throw new IOException("the kernel's type information has an unknown kind");
        };
  }

  private String name(int offset) {
    int from = strings + offset;
    int to = from;
    while (bytes.get(to) != 0) {
      to++;
    }
    byte[] name = new byte[to - from];
    bytes.get(from, name);
    return new String(name, StandardCharsets.US_ASCII);
  }
}
