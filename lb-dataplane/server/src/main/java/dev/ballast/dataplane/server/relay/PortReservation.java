package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Reserves a TCP port for this process, by a socket that is bound but never listens. The listeners
 * of one port share it by SO_REUSEPORT. With that option alone, any process of the same user could
 * share the port too, and would get a part of the connections. This socket prevents that:
 *
 * <ul>
 *   <li>it binds without SO_REUSEPORT, so the bind fails when another process listens there;
 *   <li>with SO_REUSEADDR, as it and our listeners have while these open, it does not block them:
 *       the kernel lets such sockets share a port as long as the other one does not listen;
 *   <li>without SO_REUSEADDR, as it is the rest of the time, it blocks other binds, also while no
 *       listener of ours is open.
 * </ul>
 *
 * (Linux, {@code inet_bind_conflict} in net/ipv4/inet_connection_sock.c.) One case is not
 * prevented. Once listeners of ours have been open, a process of the same user can bind exactly
 * this address and port with SO_REUSEPORT, but not the port of all addresses. The kernel remembers
 * that such a bind has succeeded, and does not check again.
 */
final class PortReservation {

  private final LinuxSocket socket;

  private PortReservation(LinuxSocket socket) {
    this.socket = socket;
  }

  /** Reserves the port. */
  static PortReservation reserve(Binding binding) throws IOException {
    LinuxSocket socket = ListeningSocket.newSocketStream(binding.address());
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

  /** Lets our own listeners open, and for that moment any other process that tries. */
  void allowSharing() throws IOException {
    socket.setReuseAddress(true);
  }

  /** Blocks other binds again. */
  void denySharing() throws IOException {
    socket.setReuseAddress(false);
  }

  void release() throws IOException {
    socket.close();
  }
}
