package dev.ballast.dataplane.server.relay;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Carries bytes between plain sockets that live on the event loops as {@link
 * io.netty.channel.epoll.EpollIoHandle}s, without a Netty channel between.
 */
final class EpollEngine implements Engine {

  @Override
  public Future<Acceptor> listen(Lane lane, Entrance entrance, boolean shared) {
    Promise<Acceptor> listening = lane.loop().newPromise();
    lane.loop().execute(() -> listen(lane, entrance, shared, listening));
    return listening;
  }

  private static void listen(
      Lane lane, Entrance entrance, boolean shared, Promise<Acceptor> listening) {
    try {
      EpollAcceptor acceptor = EpollAcceptor.open(lane, entrance, shared);
      acceptor
          .register((IoEventLoop) lane.loop())
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
