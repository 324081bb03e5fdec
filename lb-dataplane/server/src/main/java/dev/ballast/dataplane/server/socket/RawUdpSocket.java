package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A raw(7) socket that sends UDP datagrams from any address and port: the sender makes the UDP
 * header, and gives the source address with each datagram. It receives nothing. Needs CAP_NET_RAW.
 */
public final class RawUdpSocket implements AutoCloseable {

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_CHECKSUM = 7;
  private static final int IPV6_FREEBIND = 78;

  /** Of the checksum in a UDP header. */
  private static final int CHECKSUM_OFFSET = 6;

  private final RawSocket socket;

  private RawUdpSocket(RawSocket socket) {
    this.socket = socket;
  }

  /**
   * Opens a socket.
   *
   * @param at the kernel makes a copy of each UDP datagram of the node that is for this address,
   *     before the socket drops it. With the wildcard address it is also told of ICMP errors, and
   *     remembers the path MTU for all sockets of the node.
   */
  public static RawUdpSocket open(InetAddress at) throws IOException {
    boolean ipv6 = at instanceof Inet6Address;
    RawSocket socket = RawSocket.open("SOCK_RAW", ipv6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_UDP);
    try {
      socket.attachFilter(SocketFilter.nothing());
      if (ipv6) {
        set(socket, IPV6_CHECKSUM, CHECKSUM_OFFSET);
        // The address of a Service is local by a route, and no address of an interface.
        set(socket, IPV6_FREEBIND, 1);
      }
      socket.bind(sockaddr(at));
      return new RawUdpSocket(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void set(RawSocket socket, int option, int value) throws IOException {
    if (!socket.setOption(IPPROTO_IPV6, option, value)) {
      throw new IOException("the kernel rejects the socket option " + option);
    }
  }

  private static byte[] sockaddr(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean ipv6 = address instanceof Inet6Address;
    ByteBuffer sockaddr = ByteBuffer.allocate(ipv6 ? 28 : 16).order(ByteOrder.nativeOrder());
    return sockaddr.putShort(0, ipv6 ? AF_INET6 : AF_INET).put(ipv6 ? 8 : 4, bytes).array();
  }

  /** The file descriptor, for sendmmsg(2). */
  public int descriptor() {
    return socket.descriptor();
  }

  @Override
  public void close() {
    socket.close();
  }
}
