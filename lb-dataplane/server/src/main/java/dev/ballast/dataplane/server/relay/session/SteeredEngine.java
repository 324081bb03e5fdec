package dev.ballast.dataplane.server.relay.session;

import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/** A relay engine that can serve many bindings with one listening socket for each worker. */
public interface SteeredEngine {

  /**
   * Listens on one worker at a private address, for the packets that the kernel steers there.
   *
   * @param at port 0 for the first worker, to which the kernel gives a port, and that port for the
   *     others
   * @return fails with an {@link java.io.IOException}
   */
  Future<? extends PrivateAcceptor> listenPrivately(Worker worker, InetSocketAddress at);

  /**
   * A listening socket that serves many bindings: the local address of a connection, or the
   * destination of a datagram, tells which. To be called on the worker's loop, except {@link
   * #stop()}.
   */
  interface PrivateAcceptor extends RelayEngine.Acceptor {

    /** The port of the socket. */
    int port();

    /** Serves the binding of this context from now on. */
    void register(ListenerContext context);

    /** Accepts the connections that wait. */
    void acceptWaiting();

    /**
     * Accepts the connections that wait, and serves the binding no longer. TCP sessions stay open.
     */
    void unregister(ListenerContext context);
  }
}
