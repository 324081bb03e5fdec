package dev.ballast.dataplane.server.relay.datagram;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Receives and sends many datagrams with one system call: recvmmsg(2) and sendmmsg(2). Datagrams
 * have any size, also 0, which Netty's channels neither read nor write. The memory is one worker's.
 * It holds the datagrams that were received last, and they are sent from there without a copy. The
 * layouts are those of 64-bit Linux.
 */
@SuppressWarnings(
    "restricted") // The JDK's warning; the JVM is started with --enable-native-access.
public final class DatagramBatch {

  /** The most datagrams that one call receives. */
  public static final int CAPACITY = 16;

  /** The errno of a datagram that is too long for the network. */
  public static final int EMSGSIZE = 90;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  /** Room for a UDP header, and for more bytes than a datagram can have. */
  private static final int SIZE = 64 * 1024;

  private static final int MAX_LENGTH = SIZE - UdpHeader.SIZE;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int NAME = 32; // room for a sockaddr_in6
  private static final int CONTROL = 48; // room for a struct cmsghdr and a sockaddr_in6
  private static final int CONTROL_DATA = 16;

  // struct mmsghdr
  private static final int HEADER = 64;
  private static final int NAME_POINTER = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR_POINTER = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL_POINTER = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int MESSAGE_LENGTH = 56;
  // struct iovec
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 8;

  // Offsets in the memory. Four sets of headers share names and bytes.
  private static final int NAMED = 0;
  private static final int CONNECTED = NAMED + CAPACITY * HEADER;

  /** With the original destination. */
  private static final int STEERED = CONNECTED + CAPACITY * HEADER;

  /** To be sent with a UDP header and a source address. */
  private static final int RAW = STEERED + CAPACITY * HEADER;

  private static final int VECTORS = RAW + CAPACITY * HEADER;
  private static final int RAW_VECTORS = VECTORS + CAPACITY * VECTOR;
  private static final int NAMES = RAW_VECTORS + CAPACITY * VECTOR;
  private static final int CONTROLS = NAMES + CAPACITY * NAME;
  private static final int SOURCE = CONTROLS + CAPACITY * CONTROL;
  private static final int BYTES = SOURCE + CONTROL;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle RECVMMSG =
      handle(
          "recvmmsg",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SENDMMSG =
      handle("sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle SENDTO =
      handle(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));

  /** Holds errno after a call. */
  private final MemorySegment state;

  /** A view of the memory. A buffer, because memory segments are slow with C1 alone. */
  private final ByteBuffer memory;

  private final long address;

  /** How many datagrams the last call has received. */
  private int received;

  public DatagramBatch() {
    Arena arena = Arena.ofAuto();
    state = arena.allocate(Linker.Option.captureStateLayout());
    MemorySegment all = arena.allocate(BYTES + (long) SIZE * CAPACITY, Long.BYTES);
    memory = all.asByteBuffer().order(ByteOrder.nativeOrder());
    address = all.address();
    for (int i = 0; i < CAPACITY; i++) {
      memory.putLong(vector(i), address + bytes(i));
      memory.putLong(rawVector(i), address + bytes(i) - UdpHeader.SIZE);
      for (int headers : new int[] {NAMED, CONNECTED, STEERED, RAW}) {
        int vector = headers == RAW ? rawVector(i) : vector(i);
        memory.putLong(header(headers, i) + VECTOR_POINTER, address + vector);
        memory.putInt(header(headers, i) + VECTOR_COUNT, 1);
      }
      for (int headers : new int[] {NAMED, STEERED, RAW}) {
        memory.putLong(header(headers, i) + NAME_POINTER, address + name(i));
      }
      memory.putLong(header(STEERED, i) + CONTROL_POINTER, address + control(i));
      memory.putLong(header(RAW, i) + CONTROL_POINTER, address + SOURCE);
      allowAnyLength(i);
    }
  }

  /**
   * Receives datagrams and their senders. Returns how many; 0 when there are none; the negative
   * errno when the socket has an error. After fewer than {@link #CAPACITY}, the socket is empty.
   */
  public int receive(int socket) {
    return receive(socket, NAMED);
  }

  /** As {@link #receive}, from the peer of a connected socket. */
  public int receiveConnected(int socket) {
    return receive(socket, CONNECTED);
  }

  /** As {@link #receive}, with the original destinations, which the socket must ask for. */
  public int receiveSteered(int socket) {
    return receive(socket, STEERED);
  }

  private void allowAnyLength(int index) {
    memory.putInt(vector(index) + VECTOR_LENGTH, MAX_LENGTH);
    memory.putInt(header(NAMED, index) + NAME_LENGTH, NAME);
    memory.putInt(header(STEERED, index) + NAME_LENGTH, NAME);
    memory.putInt(header(STEERED, index) + CONTROL_LENGTH, CONTROL);
  }

  private int receive(int socket, int headers) {
    for (int i = 0; i < received; i++) {
      allowAnyLength(i);
    }
    received = 0;
    int count = receiveMany(socket, address + header(headers, 0));
    for (int i = 0; i < count; i++) {
      int length = memory.getInt(header(headers, i) + MESSAGE_LENGTH);
      memory.putInt(vector(i) + VECTOR_LENGTH, length);
    }
    received = Math.max(0, count);
    return count;
  }

  /** The length in bytes of the datagram at this index. */
  public int length(int index) {
    return memory.getInt(vector(index) + VECTOR_LENGTH);
  }

  /** The sum of the lengths from {@code from} to before {@code to}. */
  public long totalLength(int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += length(i);
    }
    return sum;
  }

  /** The sender of the datagram at this index. */
  public DatagramAddress client(int index) {
    return DatagramAddress.read(memory, name(index));
  }

  /** Whether {@code client} has sent the datagram at this index; allocates nothing. */
  public boolean isFrom(int index, DatagramAddress client) {
    return client.matches(memory, name(index));
  }

  /** The hash code of the sender of the datagram at this index; allocates nothing. */
  public int clientHash(int index) {
    return DatagramAddress.hashAt(memory, name(index));
  }

  /**
   * Where the client has sent the datagram at this index to, after {@link #receiveSteered}; null
   * when the kernel does not tell.
   */
  public @Nullable DatagramAddress destination(int index) {
    return hasDestination(index) ? DatagramAddress.read(memory, destinationAt(index)) : null;
  }

  /** Whether {@link #destination} is equal to this address; allocates nothing. */
  public boolean isTo(int index, DatagramAddress destination) {
    return hasDestination(index) && destination.matches(memory, destinationAt(index));
  }

  /** The hash code of {@link #destination}; allocates nothing. */
  public int destinationHash(int index) {
    return hasDestination(index) ? DatagramAddress.hashAt(memory, destinationAt(index)) : 0;
  }

  /** The original destination is the only control message that the socket asks for. */
  private boolean hasDestination(int index) {
    return memory.getInt(header(STEERED, index) + CONTROL_LENGTH) > CONTROL_DATA;
  }

  private static int destinationAt(int index) {
    return control(index) + CONTROL_DATA;
  }

  /**
   * Sends the received datagrams from {@code from} to before {@code to} to the peer of a connected
   * socket.
   *
   * @return how many were sent; 0 when the socket is full; the negative errno when the first one
   *     failed
   */
  public int send(int socket, int from, int to) {
    return to - from == 1
        ? sendOne(socket, from, 0, 0)
        : sendMany(socket, address + header(CONNECTED, from), to - from);
  }

  /** As {@link #send}, to {@code client}. */
  public int sendTo(int socket, int from, int to, DatagramAddress client) {
    int length = client.write(memory, name(from));
    if (to - from == 1) {
      return sendOne(socket, from, address + name(from), length);
    }
    for (int i = from; i < to; i++) {
      memory.putInt(header(NAMED, i) + NAME_LENGTH, client.write(memory, name(i)));
    }
    return sendMany(socket, address + header(NAMED, from), to - from);
  }

  /**
   * As {@link #sendTo}, by a raw socket for UDP of the same family.
   *
   * @param source the address and port that the client sees
   */
  public int sendRaw(int socket, int from, int to, DatagramAddress source, DatagramAddress client) {
    int controlLength = source.writeSource(memory, SOURCE);
    for (int i = from; i < to; i++) {
      int header = header(RAW, i);
      memory.putInt(header + NAME_LENGTH, client.writeWithoutPort(memory, name(i)));
      memory.putInt(header + CONTROL_LENGTH, controlLength);
      UdpHeader.write(memory, bytes(i), length(i), source, client);
      memory.putInt(rawVector(i) + VECTOR_LENGTH, UdpHeader.SIZE + length(i));
    }
    return sendMany(socket, address + header(RAW, from), to - from);
  }

  private int receiveMany(int socket, long headers) {
    while (true) {
      int result;
      try {
        result = (int) RECVMMSG.invokeExact(state, socket, headers, CAPACITY, MSG_DONTWAIT, 0L);
      } catch (Throwable e) {
        throw new AssertionError("recvmmsg", e);
      }
      if (result >= 0) {
        return result;
      }
      int errno = errno();
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -errno;
      }
    }
  }

  private int sendMany(int socket, long headers, int count) {
    while (true) {
      int result;
      try {
        result = (int) SENDMMSG.invokeExact(state, socket, headers, count, MSG_DONTWAIT);
      } catch (Throwable e) {
        throw new AssertionError("sendmmsg", e);
      }
      if (result >= 0) {
        return result;
      }
      int errno = errno();
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -errno;
      }
    }
  }

  private int sendOne(int socket, int index, long name, int nameLength) {
    while (true) {
      long result;
      try {
        result =
            (long)
                SENDTO.invokeExact(
                    state,
                    socket,
                    address + bytes(index),
                    (long) length(index),
                    MSG_DONTWAIT,
                    name,
                    nameLength);
      } catch (Throwable e) {
        throw new AssertionError("sendto", e);
      }
      if (result >= 0) {
        return 1;
      }
      int errno = errno();
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -errno;
      }
    }
  }

  private int errno() {
    return (int) ERRNO.get(state, 0L);
  }

  private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(function), descriptor, CAPTURE);
  }

  private static int header(int headers, int index) {
    return headers + index * HEADER;
  }

  private static int vector(int index) {
    return VECTORS + index * VECTOR;
  }

  private static int name(int index) {
    return NAMES + index * NAME;
  }

  private static int rawVector(int index) {
    return RAW_VECTORS + index * VECTOR;
  }

  private static int control(int index) {
    return CONTROLS + index * CONTROL;
  }

  private static int bytes(int index) {
    return BYTES + index * SIZE + UdpHeader.SIZE;
  }
}
