package dev.ballast.dataplane.server.sockmap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pairs of TCP sockets between which the kernel moves the bytes. Belongs to one thread. */
public final class Sockmap implements AutoCloseable {

  // enum bpf_cmd
  private static final int MAP_CREATE = 0;
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int MAP_DELETE_ELEM = 3;
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  // enum bpf_map_type
  private static final int HASH = 1;
  private static final int ARRAY = 2;
  private static final int SOCKMAP = 15;
  private static final int NO_PREALLOC = 1;
  private static final int MMAPABLE = 1 << 10;
  // enum bpf_prog_type, bpf_attach_type
  private static final int SK_SKB = 14;
  private static final int SK_SKB_VERDICT = 38;

  private static final int LOG_SIZE = 256 * 1024;

  /** Of the program alone: reading fields of kernel structs is for programs under the GPL. */
  private static final String LICENSE = "Dual BSD/GPL";

  private final Arena arena = Arena.ofShared();
  private final Kernel kernel = new Kernel(arena);
  private final List<Integer> files = new ArrayList<>();
  private final MemorySegment attributes = arena.allocate(128, Long.BYTES);
  private final MemorySegment key = arena.allocate(Long.BYTES, Long.BYTES);
  private final MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
  private final int pairs;
  private final Deque<Integer> free = new ArrayDeque<>();
  private int fresh;
  private int slots;
  private int sockets;
  private @Nullable MemorySegment flows;

  private Sockmap(int pairs) {
    this.pairs = pairs;
  }

  /**
   * Loads the program, with room for so many pairs.
   *
   * @throws IOException when the kernel or its rights do not allow it; the message says what
   */
  public static Sockmap open(int pairs) throws IOException {
    Verdict.Fields fields = Verdict.Fields.of(KernelTypes.read());
    return open(pairs, (slots, flows, sockets) -> Verdict.program(slots, flows, sockets, fields));
  }

  /** Given the descriptors of the maps, the program. */
  interface Program {
    Instructions of(int slots, int flows, int sockets);
  }

  static Sockmap open(int pairs, Program program) throws IOException {
    var sockmap = new Sockmap(pairs);
    try {
      sockmap.load(program);
      return sockmap;
    } catch (IOException e) {
      sockmap.close();
      throw e;
    }
  }

  private void load(Program verdict) throws IOException {
    slots = create(HASH, Long.BYTES, Integer.BYTES, NO_PREALLOC, "BPF hash map");
    int flowMap = create(ARRAY, Integer.BYTES, Flow.SIZE, MMAPABLE, "BPF array");
    sockets = create(SOCKMAP, Integer.BYTES, Integer.BYTES, 0, "BPF sockmap");
    flows = kernel.map(flowMap, (long) pairs * 2 * Flow.SIZE);
    int program = load(verdict.of(slots, flowMap, sockets));
    clear();
    attributes.set(JAVA_INT, 0, sockets);
    attributes.set(JAVA_INT, 4, program);
    attributes.set(JAVA_INT, 8, SK_SKB_VERDICT);
    kernel.bpf(PROG_ATTACH, attributes, "BPF program on a sockmap");
  }

  private int create(int type, int keySize, int valueSize, int flags, String what)
      throws KernelRefusal {
    clear();
    attributes.set(JAVA_INT, 0, type);
    attributes.set(JAVA_INT, 4, keySize);
    attributes.set(JAVA_INT, 8, valueSize);
    attributes.set(JAVA_INT, 12, pairs * 2);
    attributes.set(JAVA_INT, 16, flags);
    int file = kernel.bpf(MAP_CREATE, attributes, what);
    files.add(file);
    return file;
  }

  private int load(Instructions program) throws IOException {
    try (Arena loading = Arena.ofConfined()) {
      byte[] code = program.assemble();
      clear();
      attributes.set(JAVA_INT, 0, SK_SKB);
      attributes.set(JAVA_INT, 4, program.count());
      attributes.set(ADDRESS, 8, loading.allocateFrom(JAVA_BYTE, code));
      attributes.set(ADDRESS, 16, loading.allocateFrom(LICENSE, StandardCharsets.US_ASCII));
      attributes.set(JAVA_INT, 68, SK_SKB_VERDICT);
      int file = kernel.tryBpf(PROG_LOAD, attributes);
      if (file < 0) {
        // Again, for the verifier's words.
        MemorySegment log = loading.allocate(LOG_SIZE);
        attributes.set(JAVA_INT, 24, 1);
        attributes.set(JAVA_INT, 28, LOG_SIZE);
        attributes.set(ADDRESS, 32, log);
        file = kernel.tryBpf(PROG_LOAD, attributes);
        if (file < 0) {
          throw Kernel.refusal("BPF program: " + lastWords(log), -file);
        }
      }
      files.add(file);
      return file;
    }
  }

  /** What the verifier says last; before it come the instructions that it has walked through. */
  private static String lastWords(MemorySegment log) {
    List<String> lines =
        log.getString(0).lines().filter(line -> !line.startsWith("processed ")).toList();
    return lines.isEmpty() ? "" : lines.getLast();
  }

  /**
   * Joins two established sockets. Nothing that was read of one may still have to be written to the
   * other, and what was not read of either may not have been read in part (so the last read must
   * have emptied the receive buffer). Then both flows are held, also what had come before; read and
   * send it, and release them.
   *
   * @return null when there is no room for another pair, or the kernel takes neither socket
   */
  public @Nullable Pair join(int first, int second) throws KernelRefusal {
    int pair = !free.isEmpty() ? free.removeLast() : fresh < pairs ? fresh++ : -1;
    if (pair < 0) {
      return null;
    }
    int slot = pair * 2;
    long[] cookies = {kernel.cookie(first), kernel.cookie(second)};
    Flow there = new Flow(kernel, flow(slot), second);
    Flow back = new Flow(kernel, flow(slot + 1), first);
    boolean named = name(cookies[0], slot) && name(cookies[1], slot + 1);
    if (!named || !insert(slot, first)) {
      free(slot, cookies);
      return null;
    }
    return new Pair(this, slot, cookies, there, back, insert(slot + 1, second));
  }

  private MemorySegment flow(int slot) {
    if (flows == null) {
      throw new IllegalStateException("closed");
    }
    return flows.asSlice((long) slot * Flow.SIZE, Flow.SIZE);
  }

  private boolean name(long cookie, int slot) {
    key.set(JAVA_LONG, 0, cookie);
    value.set(JAVA_INT, 0, slot);
    return element(MAP_UPDATE_ELEM, slots) >= 0;
  }

  /** The kernel takes it out by itself when it is closed. */
  private boolean insert(int slot, int socket) {
    key.set(JAVA_INT, 0, slot);
    value.set(JAVA_INT, 0, socket);
    return element(MAP_UPDATE_ELEM, sockets) >= 0;
  }

  void free(int slot, long[] cookies) {
    for (long cookie : cookies) {
      key.set(JAVA_LONG, 0, cookie);
      var unused = element(MAP_DELETE_ELEM, slots); // not there if it was never named
    }
    free.addLast(slot / 2);
  }

  private int element(int command, int map) {
    clear();
    attributes.set(JAVA_INT, 0, map);
    attributes.set(ADDRESS, 8, key);
    if (command == MAP_UPDATE_ELEM) {
      attributes.set(
          ADDRESS, 16, value); // the kernel refuses a command with anything it does not use
    }
    return kernel.tryBpf(command, attributes);
  }

  private void clear() {
    attributes.fill((byte) 0);
  }

  /** Pairs that are left have nothing that moves their bytes any more. */
  @Override
  public void close() {
    if (flows != null) {
      kernel.unmap(flows);
      flows = null;
    }
    files.forEach(kernel::close);
    files.clear();
    arena.close();
  }
}
