package dev.ballast.dataplane.server.sockmap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A relay in the kernel, by a BPF sockmap and its program: the kernel sends on one TCP socket what
 * another one receives. See bpf(2), and Documentation/bpf/map_sockmap.rst of Linux.
 */
final class SockmapRedirect implements AutoCloseable {

  // enum bpf_cmd
  private static final int MAP_CREATE = 0;
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  // enum bpf_map_type, bpf_prog_type, bpf_attach_type
  private static final int SOCKMAP = 15;
  private static final int SK_SKB = 14;
  private static final int SK_SKB_VERDICT = 38;

  private static final int FROM = 0;
  private static final int TO = 1;

  private final Arena arena = Arena.ofConfined();
  private final SockmapLibc sockmapLibc = new SockmapLibc(arena);
  private final MemorySegment attributes = arena.allocate(128, Long.BYTES);
  private final List<Integer> files = new ArrayList<>();

  private SockmapRedirect() {}

  /**
   * @throws SockmapLibc.SyscallException when the kernel, or its rights, do not allow it
   */
  static SockmapRedirect between(int from, int to) throws IOException {
    var sockmapRedirect = new SockmapRedirect();
    try {
      sockmapRedirect.open(from, to);
      return sockmapRedirect;
    } catch (IOException e) {
      sockmapRedirect.close();
      throw e;
    }
  }

  private void open(int from, int to) throws IOException {
    attributes.set(JAVA_INT, 0, SOCKMAP);
    attributes.set(JAVA_INT, 4, Integer.BYTES); // key
    attributes.set(JAVA_INT, 8, Integer.BYTES); // value
    attributes.set(JAVA_INT, 12, 2); // entries
    int sockets = bpf(MAP_CREATE);

    byte[] code = program(sockets);
    attributes.set(JAVA_INT, 0, SK_SKB);
    attributes.set(JAVA_INT, 4, code.length / Long.BYTES);
    attributes.set(ADDRESS, 8, arena.allocateFrom(JAVA_BYTE, code));
    attributes.set(ADDRESS, 16, arena.allocateFrom("GPL", StandardCharsets.US_ASCII));
    attributes.set(JAVA_INT, 68, SK_SKB_VERDICT);
    int program = bpf(PROG_LOAD);

    attributes.set(JAVA_INT, 0, sockets);
    attributes.set(JAVA_INT, 4, program);
    attributes.set(JAVA_INT, 8, SK_SKB_VERDICT);
    bpf(PROG_ATTACH);
    put(sockets, TO, to);
    put(sockets, FROM, from);
  }

  /** {@code return bpf_sk_redirect_map(skb, sockets, TO, 0)}; r1 is skb. */
  private static byte[] program(int sockets) {
    ByteBuffer code = ByteBuffer.allocate(6 * Long.BYTES).order(ByteOrder.nativeOrder());
    instruction(code, 0x18, 0x12, sockets); // r2 = map, of two instructions
    instruction(code, 0, 0, 0);
    instruction(code, 0xb7, 3, TO); // r3
    instruction(code, 0xb7, 4, 0); // r4
    instruction(code, 0x85, 0, 52); // call
    instruction(code, 0x95, 0, 0); // exit
    return code.array();
  }

  private static void instruction(ByteBuffer code, int opcode, int registers, int value) {
    code.put((byte) opcode).put((byte) registers).putShort((short) 0).putInt(value);
  }

  private void put(int map, int key, int socket) throws IOException {
    attributes.set(JAVA_LONG, 0, map);
    attributes.set(ADDRESS, 8, arena.allocateFrom(JAVA_INT, key));
    attributes.set(ADDRESS, 16, arena.allocateFrom(JAVA_INT, socket));
    bpf(MAP_UPDATE_ELEM);
  }

  /** Returns a descriptor where the command makes one. */
  private int bpf(int command) throws IOException {
    int made = sockmapLibc.bpf(command, attributes);
    if (command == MAP_CREATE || command == PROG_LOAD) {
      files.add(made);
    }
    attributes.fill((byte) 0);
    return made;
  }

  @Override
  public void close() {
    files.forEach(sockmapLibc::close);
    arena.close();
  }
}
