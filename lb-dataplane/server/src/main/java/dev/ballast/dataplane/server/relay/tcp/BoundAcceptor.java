package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Accepts the connections of one binding, by a socket that is bound to it. */
final class BoundAcceptor extends EpollAcceptor {

  private final ListenerContext context;

  private BoundAcceptor(Worker worker, ListenerContext context, LinuxSocket socket) {
    super(worker, socket);
    this.context = context;
  }

  static BoundAcceptor open(Worker worker, ListenerContext context, boolean shared)
      throws IOException {
    Binding binding = context.binding();
    var at = new InetSocketAddress(binding.address(), binding.port());
    return new BoundAcceptor(worker, context, open(at, shared, false));
  }

  @Override
  ListenerContext contextOf(LinuxSocket connection) {
    return context;
  }

  @Override
  Object name() {
    return context.binding();
  }
}
