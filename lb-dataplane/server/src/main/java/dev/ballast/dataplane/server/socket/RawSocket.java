package dev.ballast.dataplane.server.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * A socket of any address family, by the system calls themselves. Calls block for at most {@link
 * #TIMEOUT}; not for several threads at once.
 */
public final class RawSocket implements AutoCloseable {

  public static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Not inherited by a process that this one might start. */
  private static final int SOCK_CLOEXEC = 0x80000;

  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int MSG_PEEK = 2;
  private static final int MSG_DONTWAIT = 0x40;

  private final int descriptor;
  private final String name;

  private RawSocket(int descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /**
   * Opens a socket that a process which this one starts does not inherit.
   *
   * @param name for messages, such as {@code AF_NETLINK}
   */
  public static RawSocket open(String name, int family, int type, int protocol) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      int descriptor = (int) Libc.SOCKET.invokeExact(state, family, type | SOCK_CLOEXEC, protocol);
      if (descriptor < 0) {
        throw new ErrnoException("socket(" + name + ")", Libc.errno(state));
      }
      var socket = new RawSocket(descriptor, name);
      // struct timeval { long seconds, microseconds }
      MemorySegment time = arena.allocateFrom(JAVA_LONG, TIMEOUT.toSeconds(), 0L);
      socket.setOption(state, SOL_SOCKET, SO_RCVTIMEO, time);
      return socket;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  /** For system calls that this class does not have. */
  int descriptor() {
    return descriptor;
  }

  /** Sets an int option; false when this kernel does not have it. */
  public boolean setOption(int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      MemorySegment data = arena.allocateFrom(JAVA_INT, value);
      return setOption(state, level, option, data);
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  private boolean setOption(MemorySegment state, int level, int option, MemorySegment value)
      throws Throwable {
    int size = Math.toIntExact(value.byteSize());
    return (int) Libc.SETSOCKOPT.invokeExact(state, descriptor, level, option, value, size) == 0;
  }

  /** Binds to {@code address}, a struct sockaddr of the family. */
  public void bind(byte[] address) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      MemorySegment at = arena.allocateFrom(JAVA_BYTE, address);
      if ((int) Libc.BIND.invokeExact(state, descriptor, at, address.length) != 0) {
        throw new ErrnoException("bind(" + name + ")", Libc.errno(state));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  /** Sends to {@code address}, a struct sockaddr of the family. */
  public void send(byte[] data, byte[] address) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, data);
      MemorySegment to = arena.allocateFrom(JAVA_BYTE, address);
      long sent =
          (long)
              Libc.SENDTO.invokeExact(
                  state, descriptor, bytes, (long) data.length, 0, to, address.length);
      if (sent < 0) {
        throw new ErrnoException("send(" + name + ")", Libc.errno(state));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  /**
   * Attaches a classic BPF program, so that the kernel drops the frames it rejects: {@code struct
   * sock_fprog { u16 length; struct sock_filter *filter; }}.
   */
  void attachFilter(byte[] instructions) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      MemorySegment program = arena.allocate(16, 8);
      program.set(JAVA_SHORT, 0, (short) (instructions.length / SocketFilter.INSTRUCTION));
      MemorySegment code = arena.allocate(instructions.length, 4);
      code.copyFrom(MemorySegment.ofArray(instructions));
      program.set(ADDRESS, 8, code);
      if (!setOption(state, SOL_SOCKET, SO_ATTACH_FILTER, program)) {
        throw new ErrnoException("filter(" + name + ")", Libc.errno(state));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  /** One message, of at most {@code size} bytes. */
  public byte[] receive(int size) throws IOException {
    return receive(size, new byte[0], 0);
  }

  /** Waits for a message, and leaves it in the socket. */
  void awaitMessage() throws IOException {
    var unused = receive(1, new byte[0], MSG_PEEK);
  }

  /**
   * The next message and its sender. Fails with EAGAIN when there is none.
   *
   * @param from filled with the struct sockaddr of the sender, as far as it has room
   */
  byte[] receiveNow(int size, byte[] from) throws IOException {
    return receive(size, from, MSG_DONTWAIT);
  }

  private byte[] receive(int size, byte[] from, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.CALL_STATE);
      MemorySegment buffer = arena.allocate(size);
      MemorySegment sender = arena.allocate(Math.max(1, from.length));
      MemorySegment length = arena.allocateFrom(JAVA_INT, from.length);
      long received =
          (long)
              Libc.RECVFROM.invokeExact(
                  state, descriptor, buffer, (long) size, flags, sender, length);
      if (received < 0) {
        throw new ErrnoException("recv(" + name + ")", Libc.errno(state));
      }
      MemorySegment.copy(sender, JAVA_BYTE, 0, from, 0, from.length);
      return buffer.asSlice(0, received).toArray(JAVA_BYTE);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      var unused = (int) Libc.CLOSE.invokeExact(arena.allocate(Libc.CALL_STATE), descriptor);
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }
}
