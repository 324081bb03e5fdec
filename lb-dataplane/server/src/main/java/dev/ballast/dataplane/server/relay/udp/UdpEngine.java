package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Carries datagrams between plain sockets, as {@code EpollEngine} does bytes.
 *
 * @param lanes among which the flows of a port are divided
 */
public record UdpEngine(int lanes) implements RelayEngine {

  @Override
  public Future<Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    Promise<Acceptor> listening = worker.loop().newPromise();
    worker.loop().execute(() -> listen(worker, context, shared, listening));
    return listening;
  }

  private void listen(
      Worker worker, ListenerContext context, boolean shared, Promise<Acceptor> listening) {
    try {
      UdpListener port = UdpListener.open(worker, context, shared, lanes);
      port.register((IoEventLoop) worker.loop())
          .addListener(
              registered -> {
                if (registered.isSuccess()) {
                  listening.setSuccess(port);
                } else {
                  port.close();
                  listening.setFailure(registered.cause());
                }
              });
    } catch (IOException e) {
      listening.setFailure(e);
    }
  }
}
