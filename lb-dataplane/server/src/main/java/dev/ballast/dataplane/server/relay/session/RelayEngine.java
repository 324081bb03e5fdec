package dev.ballast.dataplane.server.relay.session;

import io.netty.util.concurrent.Future;

/**
 * Accepts connections and relays their bytes. Everything else (ports, backends, when to end) is
 * decided outside, so that a faster engine is only another implementation of this interface.
 */
public interface RelayEngine {

  /**
   * Listens on one worker, and relays the accepted connections on the same worker, as {@link
   * RelaySession}s in the worker's list.
   *
   * @param shared whether other workers listen at the same binding
   * @return fails with the {@link java.io.IOException} of bind or listen
   */
  Future<? extends Acceptor> listen(Worker worker, ListenerContext context, boolean shared);

  /** A listening socket. */
  interface Acceptor {
    /** Stops accepting; sessions stay open. Once done, no session is added any more. */
    Future<?> stop();
  }
}
