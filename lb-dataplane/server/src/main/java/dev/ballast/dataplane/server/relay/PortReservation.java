package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/**
 * Keeps a port ours and ours alone. The listeners of one port share it by SO_REUSEPORT, and that
 * alone would let any process of the same user share it too, unnoticed, and take a part of the
 * connections. So a socket that is bound but never listens goes before them:
 *
 * <ul>
 *   <li>it is bound without SO_REUSEPORT, so it fails when anybody listens there;
 *   <li>with SO_REUSEADDR, as it and our listeners have while these open, it is not in their way:
 *       the kernel lets such sockets share as long as the other one does not listen;
 *   <li>without SO_REUSEADDR, as it stands the rest of the time, it is in the way of other binds,
 *       also while no listener of ours is open.
 * </ul>
 *
 * (Linux, {@code inet_bind_conflict} in net/ipv4/inet_connection_sock.c.) One thing gets past it:
 * once listeners of ours have been open, a process of the same user that binds exactly this address
 * and port, not the port of all addresses, with SO_REUSEPORT; the kernel remembers that such binds
 * went well and does not look again.
 */
final class PortReservation {

  private final LinuxSocket socket;

  private PortReservation(LinuxSocket socket) {
    this.socket = socket;
  }

  /** Reserves the port. */
  static PortReservation reserve(Binding binding) throws IOException {
    LinuxSocket socket = LinuxSocket.newSocketStream(binding.address() instanceof Inet6Address);
    try {
      socket.setReuseAddress(true);
      ListeningSocket.allowBindBeforeAddress(socket);
      socket.bind(new InetSocketAddress(binding.address(), binding.port()));
      socket.setReuseAddress(false);
      return new PortReservation(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Lets our own listeners open, and meanwhile whoever else tries to. */
  void allowSharing() throws IOException {
    socket.setReuseAddress(true);
  }

  void denySharing() throws IOException {
    socket.setReuseAddress(false);
  }

  void release() throws IOException {
    socket.close();
  }
}
