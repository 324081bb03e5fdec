package dev.ballast.dataplane.server.announce.route;

import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;

/**
 * Manages routes in the routing table local, each of which makes an address local to this node: the
 * kernel accepts its packets, although no interface has it. A route is the same as
 *
 * <pre>ip route add local 198.18.100.7/32 dev lo table local proto 142 src 198.18.100.1</pre>
 */
public final class LocalRoutes implements AutoCloseable {

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private final NetlinkSocket netlink;
  private final int loopback;

  private LocalRoutes(NetlinkSocket netlink, int loopback) {
    this.netlink = netlink;
    this.loopback = loopback;
  }

  public static LocalRoutes open() throws IOException {
    NetworkInterface loopback = NetworkInterface.getByName("lo");
    if (loopback == null) {
      throw new IOException("this node has no interface lo");
    }
    return new LocalRoutes(NetlinkSocket.open(NetlinkSocket.ROUTE), loopback.getIndex());
  }

  /** Adds a route; returns false when the address was local before, by a route or an interface. */
  public boolean add(LocalRoute route) throws IOException {
    try {
      request(RtnetlinkMessage.add(route, loopback, netlink.nextSequence()));
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
      request(RtnetlinkMessage.remove(address, loopback, netlink.nextSequence()));
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ESRCH) {
        return false;
      }
      throw e;
    }
  }

  /** The routes of Ballast, of this process or an earlier one. */
  public List<LocalRoute> list() throws IOException {
    List<LocalRoute> routes = new ArrayList<>();
    for (int family : new int[] {AF_INET, AF_INET6}) {
      netlink.send(RtnetlinkMessage.dump(family, netlink.nextSequence()));
      netlink.readReply(
          (type, message) -> RtnetlinkMessage.ownRoute(message).ifPresent(routes::add));
    }
    return routes;
  }

  private void request(byte[] message) throws IOException {
    netlink.send(message);
    netlink.readReply((type, unexpected) -> {});
  }

  @Override
  public void close() {
    netlink.close();
  }
}
