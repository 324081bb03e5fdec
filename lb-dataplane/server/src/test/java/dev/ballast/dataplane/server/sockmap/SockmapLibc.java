package dev.ballast.dataplane.server.sockmap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The system calls that {@link SockmapTest} needs and the JDK does not have. */
final class SockmapLibc {

  /** A call that failed. */
  static final class SyscallException extends IOException {
    private static final int EPERM = 1;
    private static final int EACCES = 13;

    private final int errno;

    private SyscallException(String call, int errno) {
      super("%s: errno %d".formatted(call, errno));
      this.errno = errno;
    }

    boolean isOfRights() {
      return errno == EPERM || errno == EACCES;
    }
  }

  private static final int AF_INET = 2;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_TCP = 6;

  /** bpf(2) has no wrapper in the C library, only a number, by architecture. */
  private static final long BPF = System.getProperty("os.arch").equals("amd64") ? 321 : 280;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      call(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SENDTO =
      call(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena;
  private final MemorySegment state;

  SockmapLibc(Arena arena) {
    this.arena = arena;
    this.state = arena.allocate(Linker.Option.captureStateLayout());
  }

  private static MethodHandle call(
      String name, FunctionDescriptor signature, Linker.Option... more) {
    Linker.Option[] options = new Linker.Option[more.length + 1];
    options[0] = Linker.Option.captureCallState("errno");
    System.arraycopy(more, 0, options, 1, more.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature, options);
  }

  int bpf(int command, MemorySegment attributes) throws IOException {
    try {
      int size = Math.toIntExact(attributes.byteSize());
      long result = (long) SYSCALL.invokeExact(state, BPF, command, attributes, size);
      return Math.toIntExact(checked("bpf", result));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a TCP segment, with its header, from 127.0.0.1 to 127.0.0.1. */
  void sendSegment(byte[] segment) throws IOException {
    try {
      int socket = (int) SOCKET.invokeExact(state, AF_INET, SOCK_RAW, IPPROTO_TCP);
      checked("socket(SOCK_RAW)", socket);
      // struct sockaddr_in: family, port, address
      byte[] loopback = {AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, segment);
      MemorySegment to = arena.allocateFrom(JAVA_BYTE, loopback);
      long sent =
          (long)
              SENDTO.invokeExact(
                  state, socket, bytes, bytes.byteSize(), 0, to, Math.toIntExact(to.byteSize()));
      checked("sendto", sent);
      close(socket);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  void close(int file) {
    try {
      var unused = (int) CLOSE.invokeExact(state, file);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private long checked(String call, long result) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, (int) ERRNO.get(state, 0L));
    }
    return result;
  }
}
