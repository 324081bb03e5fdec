package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.SteeredEngine.PrivateAcceptor;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the connections of many bindings, which the kernel steers to one socket. The local
 * address of a connection is its binding. A connection to the private address itself is reset.
 */
final class SteeredAcceptor extends EpollAcceptor implements PrivateAcceptor {

  private final InetSocketAddress at;
  private final Map<Binding, ListenerContext> contexts = new HashMap<>();

  private SteeredAcceptor(Worker worker, LinuxSocket socket, InetSocketAddress at) {
    super(worker, socket);
    this.at = at;
  }

  static SteeredAcceptor open(Worker worker, InetSocketAddress at) throws IOException {
    LinuxSocket socket = open(at, true, true);
    return new SteeredAcceptor(worker, socket, socket.localAddress());
  }

  @Override
  @Nullable ListenerContext contextOf(LinuxSocket connection) {
    InetSocketAddress local = connection.localAddress();
    return local == null // The client has disconnected already.
        ? null
        : contexts.get(new Binding(local.getAddress(), local.getPort(), Protocol.TCP));
  }

  @Override
  Object name() {
    return at;
  }

  @Override
  public int port() {
    return at.getPort();
  }

  @Override
  public void register(ListenerContext context) {
    contexts.put(context.binding(), context);
  }

  @Override
  public void acceptWaiting() {
    acceptAll();
  }

  @Override
  public void unregister(ListenerContext context) {
    acceptAll();
    contexts.remove(context.binding(), context);
  }
}
