package dev.ballast.dataplane.server.sockmap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The system calls of this package; see their man pages. For 64-bit Linux. */
@SuppressWarnings(
    "restricted") // The JDK's warning; the JVM is started with --enable-native-access.
final class Kernel {

  private static final int SOL_SOCKET = 1;
  private static final int SO_COOKIE = 57;
  private static final int SOL_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final long SIOCOUTQ = 0x5411;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final long MAP_FAILED = -1;

  // struct tcp_info
  private static final int INFO_SIZE = 136;
  private static final int INFO_STATE = 0;
  private static final int INFO_BYTES_ACKED = 120;
  private static final byte CLOSED = 7;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** bpf(2) has no wrapper in the C library, only a number, by architecture. */
  private static final long BPF = System.getProperty("os.arch").equals("amd64") ? 321 : 280;

  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
          CAPTURE,
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle MMAP =
      call(
          "mmap",
          FunctionDescriptor.of(
              ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      call("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle GETSOCKOPT =
      call(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle IOCTL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("ioctl"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
          CAPTURE,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private final MemorySegment state;
  private final MemorySegment value;
  private final MemorySegment length;

  /** Not for several threads at once: it has memory for the arguments of one call. */
  Kernel(Arena arena) {
    state = arena.allocate(Linker.Option.captureStateLayout());
    value = arena.allocate(INFO_SIZE, Long.BYTES);
    length = arena.allocate(JAVA_INT);
  }

  private static MethodHandle call(String name, FunctionDescriptor signature) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature, CAPTURE);
  }

  /** bpf(2); {@code what} is for the message of a refusal. */
  int bpf(int command, MemorySegment attributes, String what) throws KernelRefusal {
    int result = tryBpf(command, attributes);
    if (result < 0) {
      throw refusal(what, -result);
    }
    return result;
  }

  /** As {@link #bpf}, but a refusal is the negative errno. */
  int tryBpf(int command, MemorySegment attributes) {
    try {
      long result =
          (long)
              SYSCALL.invokeExact(
                  state, BPF, command, attributes, Math.toIntExact(attributes.byteSize()));
      return result < 0 ? -errno() : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("bpf", e);
    }
  }

  /** The memory of a map, until {@link #unmap}. */
  MemorySegment map(int file, long size) throws KernelRefusal {
    try {
      MemorySegment mapped =
          (MemorySegment)
              MMAP.invokeExact(
                  state, MemorySegment.NULL, size, PROT_READ_WRITE, MAP_SHARED, file, 0L);
      if (mapped.address() == MAP_FAILED) {
        throw refusal("mmap of a BPF map", errno());
      }
      return mapped.reinterpret(size);
    } catch (KernelRefusal e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("mmap", e);
    }
  }

  void unmap(MemorySegment mapped) {
    try {
      var unused = (int) MUNMAP.invokeExact(state, mapped, mapped.byteSize());
    } catch (Throwable e) {
      throw new AssertionError("munmap", e);
    }
  }

  /** A number that the kernel gives to no other socket, ever. */
  long cookie(int socket) throws KernelRefusal {
    option(socket, SOL_SOCKET, SO_COOKIE, Long.BYTES, "SO_COOKIE");
    return value.get(JAVA_LONG, 0);
  }

  /**
   * Bytes that the socket has taken to send since it was made, plus a constant; or -1 when it sends
   * nothing any more, whatever it has taken.
   */
  long taken(int socket) throws KernelRefusal {
    // Acknowledged plus not yet acknowledged. Two calls: only if nothing was acknowledged between
    // them do they speak of the same moment.
    while (true) {
      long before = acknowledged(socket);
      if (before < 0) {
        return before;
      }
      int queued = queued(socket);
      if (acknowledged(socket) == before) {
        return before + queued;
      }
    }
  }

  private long acknowledged(int socket) throws KernelRefusal {
    option(socket, SOL_TCP, TCP_INFO, INFO_SIZE, "TCP_INFO");
    return value.get(java.lang.foreign.ValueLayout.JAVA_BYTE, INFO_STATE) == CLOSED
        ? -1
        : value.get(JAVA_LONG, INFO_BYTES_ACKED);
  }

  private int queued(int socket) throws KernelRefusal {
    try {
      if ((int) IOCTL.invokeExact(state, socket, SIOCOUTQ, length) < 0) {
        throw refusal("SIOCOUTQ", errno());
      }
      return length.get(JAVA_INT, 0);
    } catch (KernelRefusal e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("ioctl", e);
    }
  }

  private void option(int socket, int level, int name, int size, String what) throws KernelRefusal {
    length.set(JAVA_INT, 0, size);
    try {
      if ((int) GETSOCKOPT.invokeExact(state, socket, level, name, value, length) < 0) {
        throw refusal(what, errno());
      }
    } catch (KernelRefusal e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("getsockopt", e);
    }
  }

  void close(int file) {
    try {
      var unused = (int) CLOSE.invokeExact(state, file);
    } catch (Throwable e) {
      throw new AssertionError("close", e);
    }
  }

  private int errno() {
    return (int) ERRNO.get(state, 0L);
  }

  static KernelRefusal refusal(String what, int errno) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
      return new KernelRefusal(what, errno, text.reinterpret(256).getString(0));
    } catch (Throwable e) {
      throw new AssertionError("strerror", e);
    }
  }
}
