package dev.ballast.dataplane.server.datagram;

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

/**
 * Many datagrams a system call, by recvmmsg(2) and sendmmsg(2), whole, whatever their size: also
 * the empty ones, which Netty's channels neither read nor write. The memory is one lane's, for what
 * was received last; it is sent from where it lies. The layouts are those of 64-bit Linux.
 */
@SuppressWarnings(
    "restricted") // The JDK's warning; the JVM is started with --enable-native-access.
public final class Datagrams {

  /** As many as one call receives. */
  public static final int MOST = 16;

  /** The errno of a datagram that is too long for its way. */
  public static final int EMSGSIZE = 90;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  /** More than a datagram can have. */
  private static final int SIZE = 64 * 1024;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int NAME = 32; // room for a sockaddr_in6

  // struct mmsghdr
  private static final int HEADER = 64;
  private static final int NAME_POINTER = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR_POINTER = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int MESSAGE_LENGTH = 56;
  // struct iovec
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 8;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle RECVMMSG =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("recvmmsg"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS),
          CAPTURE);
  private static final MethodHandle SENDMMSG =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("sendmmsg"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          CAPTURE);

  private final MemorySegment state;
  private final MemorySegment headers;
  private final MemorySegment vectors;
  private final MemorySegment names;

  public Datagrams() {
    Arena arena = Arena.ofAuto();
    state = arena.allocate(Linker.Option.captureStateLayout());
    headers = arena.allocate((long) HEADER * MOST, Long.BYTES);
    vectors = arena.allocate((long) VECTOR * MOST, Long.BYTES);
    names = arena.allocate((long) NAME * MOST, Long.BYTES);
    // The vectors' pointers do not keep the memory that they point to; the arena does, which lives
    // as long as any segment of it is reachable.
    MemorySegment bytes = arena.allocate((long) SIZE * MOST, Long.BYTES);
    for (int i = 0; i < MOST; i++) {
      vectors.set(ADDRESS, (long) i * VECTOR, bytes.asSlice((long) i * SIZE, SIZE));
      headers.set(ADDRESS, at(i, VECTOR_POINTER), vectors.asSlice((long) i * VECTOR, VECTOR));
      headers.set(JAVA_LONG, at(i, VECTOR_COUNT), 1);
    }
  }

  /**
   * Receives; returns how many came; 0 when none is there; the negative errno when the socket has
   * an error.
   */
  public int receive(int socket) {
    for (int i = 0; i < MOST; i++) {
      name(i, NAME);
      vectors.set(JAVA_LONG, (long) i * VECTOR + VECTOR_LENGTH, SIZE);
    }
    int count = call(socket, 0, MOST, true);
    for (int i = 0; i < count; i++) {
      vectors.set(JAVA_LONG, (long) i * VECTOR + VECTOR_LENGTH, length(i));
    }
    return count;
  }

  /** Length in bytes of the one of this index. */
  public int length(int index) {
    return headers.get(JAVA_INT, at(index, MESSAGE_LENGTH));
  }

  /** The sum of the lengths from {@code from} to before {@code to}. */
  public long lengths(int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += length(i);
    }
    return sum;
  }

  /** Who sent the datagram of this index. */
  public Client client(int index) {
    return Client.read(names.asSlice((long) index * NAME, NAME));
  }

  /**
   * Sends those received last from {@code from} to before {@code to}, to where the socket is
   * connected.
   *
   * @return how many went out; 0 when the socket has no room; the negative errno when the first of
   *     them did not
   */
  public int send(int socket, int from, int to) {
    for (int i = from; i < to; i++) {
      headers.set(ADDRESS, at(i, NAME_POINTER), MemorySegment.NULL);
      headers.set(JAVA_INT, at(i, NAME_LENGTH), 0);
    }
    return call(socket, from, to, false);
  }

  /** As {@link #send}, to {@code client}. */
  public int sendTo(int socket, int from, int to, Client client) {
    for (int i = from; i < to; i++) {
      name(i, client.write(names.asSlice((long) i * NAME, NAME)));
    }
    return call(socket, from, to, false);
  }

  private void name(int index, int length) {
    headers.set(ADDRESS, at(index, NAME_POINTER), names.asSlice((long) index * NAME, NAME));
    headers.set(JAVA_INT, at(index, NAME_LENGTH), length);
  }

  private int call(int socket, int from, int to, boolean receive) {
    MemorySegment messages = headers.asSlice((long) from * HEADER);
    while (true) {
      int result;
      try {
        result =
            receive
                ? (int)
                    RECVMMSG.invokeExact(
                        state, socket, messages, to - from, MSG_DONTWAIT, MemorySegment.NULL)
                : (int) SENDMMSG.invokeExact(state, socket, messages, to - from, MSG_DONTWAIT);
      } catch (Throwable e) {
        throw new AssertionError(receive ? "recvmmsg" : "sendmmsg", e);
      }
      if (result >= 0) {
        return result;
      }
      int errno = (int) ERRNO.get(state, 0L);
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -errno;
      }
    }
  }

  private static long at(int index, int field) {
    return (long) index * HEADER + field;
  }
}
