package dev.ballast.dataplane.server.relay.session;

import io.netty.util.concurrent.Future;

/**
 * Accepts connections and carries their bytes. Everything else (which ports, which backends, when
 * to end) is decided outside, so that a faster engine is only another implementation of this.
 */
public interface RelayEngine {

  /**
   * Listens at an entrance on one lane, and carries what comes in there on that same lane, as
   * {@link Session}s in the lane's list.
   *
   * @param shared whether other lanes listen at the same entrance
   * @return fails with the {@link java.io.IOException} of bind or listen
   */
  Future<Acceptor> listen(Worker worker, ListenerContext context, boolean shared);

  /** A listening socket. */
  interface Acceptor {
    /** Stops accepting; sessions go on. Once done, no session is added any more. */
    Future<?> stop();
  }
}
