package dev.ballast.dataplane.server.relay;

import io.netty.util.concurrent.Future;

/**
 * Accepts connections and carries their bytes. Everything else (which ports, which backends, when
 * to end) is decided outside, so that a faster engine is only another implementation of this.
 */
interface Engine {

  /**
   * Listens at an entrance on one lane, and carries what comes in there on that same lane, as
   * {@link Session}s in the lane's list.
   *
   * @param shared whether other lanes listen at the same entrance
   * @return fails with the {@link java.io.IOException} of bind or listen
   */
  Future<Acceptor> listen(Lane lane, Entrance entrance, boolean shared);

  /** A listening socket. */
  interface Acceptor {
    /** Stops accepting; sessions go on. Once done, no session is added any more. */
    Future<?> stop();
  }
}
