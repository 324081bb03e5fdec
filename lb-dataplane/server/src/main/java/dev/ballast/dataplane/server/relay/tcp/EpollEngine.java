package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Carries bytes between plain sockets that live on the event loops as {@link
 * io.netty.channel.epoll.EpollIoHandle}s, without a Netty channel between.
 */
public final class EpollEngine implements RelayEngine {

  @Override
  public Future<Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    Promise<Acceptor> listening = worker.loop().newPromise();
    worker.loop().execute(() -> listen(worker, context, shared, listening));
    return listening;
  }

  private static void listen(
      Worker worker, ListenerContext context, boolean shared, Promise<Acceptor> listening) {
    try {
      EpollAcceptor acceptor = EpollAcceptor.open(worker, context, shared);
      acceptor
          .register((IoEventLoop) worker.loop())
          .addListener(
              registered -> {
                if (registered.isSuccess()) {
                  listening.setSuccess(acceptor);
                } else {
                  acceptor.close();
                  listening.setFailure(registered.cause());
                }
              });
    } catch (IOException e) {
      listening.setFailure(e);
    }
  }
}
