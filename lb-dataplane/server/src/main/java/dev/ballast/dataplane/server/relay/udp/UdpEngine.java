package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.SteeredEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/** The UDP engine: copies datagrams between plain sockets on the event loops. Needs epoll. */
public final class UdpEngine implements RelayEngine, SteeredEngine {

  @Override
  public Future<? extends Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    return ListeningSocket.listen(worker, () -> UdpListener.open(worker, context, shared));
  }

  @Override
  public Future<? extends PrivateAcceptor> listenPrivately(Worker worker, InetSocketAddress at) {
    return ListeningSocket.listen(worker, () -> SteeredUdpListener.open(worker, at));
  }
}
