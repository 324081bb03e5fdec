package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.util.concurrent.Future;

/**
 * The TCP engine for Linux: copies bytes between plain sockets that are registered with the event
 * loops as {@link io.netty.channel.epoll.EpollIoHandle}s, without a Netty channel between.
 */
public final class EpollEngine implements RelayEngine {

  @Override
  public Future<Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    return ListeningSocket.listen(worker, () -> EpollAcceptor.open(worker, context, shared));
  }
}
