package dev.ballast.dataplane.server.announce.route;

import dev.ballast.dataplane.server.announce.socket.ErrnoException;
import dev.ballast.dataplane.server.announce.socket.RawSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Manages routes in the routing table local, each of which makes an address local to this node: the
 * kernel answers ARP for the address and accepts its packets, although no interface has it. A route
 * is the same as
 *
 * <pre>ip route add local 198.18.100.7/32 dev lo table local proto 142</pre>
 */
public final class LocalRoutes implements AutoCloseable {

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_NETLINK = 270;

  /** Makes the kernel filter a dump, instead of a dump of all routes. */
  private static final int NETLINK_GET_STRICT_CHK = 12;

  private static final int LARGEST_MESSAGE = 64 * 1024;

  /** struct sockaddr_nl { u16 family, pad; u32 pid, groups; }: pid 0 is the kernel. */
  private static final byte[] KERNEL =
      ByteBuffer.allocate(12).order(ByteOrder.nativeOrder()).putShort((short) AF_NETLINK).array();

  private final RawSocket socket;
  private final int loopback;
  private int sequence;

  private LocalRoutes(RawSocket socket, int loopback) {
    this.socket = socket;
    this.loopback = loopback;
  }

  public static LocalRoutes open() throws IOException {
    NetworkInterface loopback = NetworkInterface.getByName("lo");
    if (loopback == null) {
      throw new IOException("this node has no interface lo");
    }
    RawSocket socket = RawSocket.open("AF_NETLINK", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    // Kernels before 4.20 lack it; RtnetlinkMessage.ownDestination filters too.
    var unused = socket.setOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return new LocalRoutes(socket, loopback.getIndex());
  }

  /** Adds a route; returns false when the address was local before, by a route or an interface. */
  public boolean add(InetAddress address) throws IOException {
    try {
      request(RtnetlinkMessage.add(address, loopback, ++sequence));
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.EEXIST) {
        return false;
      }
      throw e;
    }
  }

  /** Removes a route; returns false when Ballast has no route of this address. */
  public boolean remove(InetAddress address) throws IOException {
    try {
      request(RtnetlinkMessage.remove(address, loopback, ++sequence));
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ESRCH) {
        return false;
      }
      throw e;
    }
  }

  /** The addresses that are local by a route of Ballast, of this process or an earlier one. */
  public List<InetAddress> list() throws IOException {
    List<InetAddress> addresses = new ArrayList<>();
    for (int family : new int[] {AF_INET, AF_INET6}) {
      socket.send(RtnetlinkMessage.dump(family, ++sequence), KERNEL);
      readReplies(message -> RtnetlinkMessage.ownDestination(message).ifPresent(addresses::add));
    }
    return addresses;
  }

  private void request(byte[] message) throws IOException {
    socket.send(message, KERNEL);
    readReplies(unexpected -> {});
  }

  private interface RouteConsumer {
    void accept(ByteBuffer message);
  }

  /** Reads messages until the acknowledgement, or the end of the dump. */
  private void readReplies(RouteConsumer routeConsumer) throws IOException {
    while (true) {
      ByteBuffer buffer =
          ByteBuffer.wrap(socket.receive(LARGEST_MESSAGE)).order(ByteOrder.nativeOrder());
      while (buffer.remaining() >= RtnetlinkMessage.HEADER) {
        int start = buffer.position();
        int length = buffer.getInt(start);
        int type = Short.toUnsignedInt(buffer.getShort(start + 4));
        // A reply to an earlier request that timed out.
        boolean stale = buffer.getInt(start + 8) != sequence;
        if (length < RtnetlinkMessage.HEADER || length > buffer.remaining()) {
          throw new IOException("a netlink message of length " + length);
        }
        Optional<Integer> result = stale ? Optional.empty() : result(buffer, start, type);
        if (result.isPresent()) {
          if (result.orElseThrow() != 0) {
            throw new ErrnoException("rtnetlink", -result.orElseThrow());
          }
          return;
        }
        if (!stale) {
          routeConsumer.accept(buffer.slice(start, length).order(ByteOrder.nativeOrder()));
        }
        buffer.position(Math.min(buffer.limit(), start + ((length + 3) & ~3)));
      }
    }
  }

  /** The result when the message is the last one of a reply: 0, or a negative errno. */
  private static Optional<Integer> result(ByteBuffer buffer, int start, int type) {
    return switch (type) {
      case RtnetlinkMessage.ERROR, RtnetlinkMessage.DONE ->
          Optional.of(buffer.getInt(start + RtnetlinkMessage.HEADER));
      default -> Optional.empty();
    };
  }

  @Override
  public void close() {
    socket.close();
  }
}
