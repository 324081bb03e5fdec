package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.SteeredEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/**
 * The TCP engine for Linux: copies bytes between plain sockets that are registered with the event
 * loops as {@link io.netty.channel.epoll.EpollIoHandle}s, without a Netty channel between.
 */
public final class EpollEngine implements RelayEngine, SteeredEngine {

  @Override
  public Future<? extends Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    return ListeningSocket.listen(worker, () -> BoundAcceptor.open(worker, context, shared));
  }

  @Override
  public Future<? extends PrivateAcceptor> listenPrivately(Worker worker, InetSocketAddress at) {
    return ListeningSocket.listen(worker, () -> SteeredAcceptor.open(worker, at));
  }
}
