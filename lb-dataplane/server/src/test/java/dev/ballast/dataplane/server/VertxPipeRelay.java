package dev.ballast.dataplane.server;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;

/** A relay with Vert.x's {@code pipeTo}: the baseline of {@code ./dev bench relay}. */
final class VertxPipeRelay {

  /** Arguments: the port to serve, and the backend's. */
  public static void main(String[] ports) throws Exception {
    Vertx vertx = DataPlaneServer.vertx(Runtime.getRuntime().availableProcessors());
    NetClient backend = vertx.createNetClient();
    vertx
        .createNetServer()
        .connectHandler(
            client -> {
              client.pause();
              backend
                  .connect(Integer.parseInt(ports[1]), "127.0.0.1")
                  .onFailure(gone -> client.close())
                  .onSuccess(
                      server -> {
                        client.pipeTo(server);
                        server.pipeTo(client);
                      });
            })
        .listen(Integer.parseInt(ports[0]), "127.0.0.1")
        .await();
  }

  private VertxPipeRelay() {}
}
