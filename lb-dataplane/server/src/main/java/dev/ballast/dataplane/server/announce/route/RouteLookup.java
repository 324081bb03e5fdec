package dev.ballast.dataplane.server.announce.route;

import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Optional;

/** Asks the kernel by which interface it sends, as {@code ip route get} does. Not thread-safe. */
public final class RouteLookup implements AutoCloseable {

  private final NetlinkSocket netlink;

  private RouteLookup(NetlinkSocket netlink) {
    this.netlink = netlink;
  }

  /** Opens a socket for the network namespace of this thread. */
  public static RouteLookup open() throws IOException {
    return new RouteLookup(NetlinkSocket.open(NetlinkSocket.ROUTE));
  }

  /**
   * The name of the interface by which a packet leaves, with all routing rules of the node.
   *
   * @param source an address of this node
   * @return empty without a route
   */
  public Optional<String> interfaceTo(InetAddress destination, InetAddress source)
      throws IOException {
    int[] found = {0};
    try {
      netlink.send(RtnetlinkMessage.lookup(destination, source, netlink.nextSequence()));
      netlink.readReply((type, message) -> found[0] = RtnetlinkMessage.outputInterface(message));
    } catch (ErrnoException e) {
      // ENETUNREACH, EHOSTUNREACH, or what a route of the type prohibit or blackhole says.
      return Optional.empty();
    }
    NetworkInterface leaving = found[0] == 0 ? null : NetworkInterface.getByIndex(found[0]);
    return Optional.ofNullable(leaving).map(NetworkInterface::getName);
  }

  @Override
  public void close() {
    netlink.close();
  }
}
