package dev.ballast.dataplane.server.relay;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Carries datagrams between plain sockets, as {@link EpollEngine} does bytes.
 *
 * @param lanes among which the flows of a port are divided
 */
record UdpEngine(int lanes) implements Engine {

  @Override
  public Future<Acceptor> listen(Lane lane, Entrance entrance, boolean shared) {
    Promise<Acceptor> listening = lane.loop().newPromise();
    lane.loop().execute(() -> listen(lane, entrance, shared, listening));
    return listening;
  }

  private void listen(Lane lane, Entrance entrance, boolean shared, Promise<Acceptor> listening) {
    try {
      UdpPort port = UdpPort.open(lane, entrance, shared, lanes);
      port.register((IoEventLoop) lane.loop())
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
