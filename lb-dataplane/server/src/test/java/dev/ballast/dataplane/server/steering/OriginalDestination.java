package dev.ballast.dataplane.server.steering;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Where a datagram was sent to, by recvmsg(2) and IP_RECVORIGDSTADDR. */
final class OriginalDestination {

  private static final int CONTROL_SIZE = 128;
  private static final int CMSG_HEADER = 16;
  private static final int AF_INET = 2;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle RECVMSG =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("recvmsg"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

  /** Of the next datagram of a socket that does not block; empty if there is none. */
  static Optional<InetSocketAddress> receive(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(100);
      MemorySegment vector = arena.allocate(16, 8); // struct iovec
      vector.set(ADDRESS, 0, data);
      vector.set(JAVA_LONG, 8, data.byteSize());
      MemorySegment control = arena.allocate(CONTROL_SIZE, 8);
      MemorySegment message = arena.allocate(56, 8); // struct msghdr
      message.set(ADDRESS, 16, vector);
      message.set(JAVA_LONG, 24, 1);
      message.set(ADDRESS, 32, control);
      message.set(JAVA_LONG, 40, CONTROL_SIZE);
      if ((long) RECVMSG.invokeExact(descriptor, message, 0) < 0) {
        return Optional.empty();
      }
      return Optional.of(socketAddress(control.asSlice(CMSG_HEADER)));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** A struct sockaddr_in or sockaddr_in6. */
  private static InetSocketAddress socketAddress(MemorySegment address) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(address.toArray(JAVA_BYTE));
    boolean ipv4 = bytes.get(0) == AF_INET;
    byte[] host = new byte[ipv4 ? 4 : 16];
    bytes.get(ipv4 ? 4 : 8, host);
    return new InetSocketAddress(
        InetAddress.getByAddress(host), Short.toUnsignedInt(bytes.getShort(2)));
  }

  private OriginalDestination() {}
}
