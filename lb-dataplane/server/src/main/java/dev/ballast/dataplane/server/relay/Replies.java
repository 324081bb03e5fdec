package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.datagram.Client;
import dev.ballast.dataplane.server.datagram.Datagrams;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams on their way back to clients of one lane. Those of many flows leave by one system call,
 * once the loop has looked at all sockets that had something: it also wakes the other side once.
 */
final class Replies {

  /** Nothing was there to receive. */
  static final long NONE = -1;

  /** The backend's host says that nobody listens there, or the like. */
  static final long REFUSED = -2;

  private final EventLoop loop;
  private final Datagrams datagrams = new Datagrams();
  private final Runnable flushing = this::flush;
  private @Nullable UdpPort port;
  private int count;

  Replies(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Receives from the backend that the socket is connected to what is to go to {@code client} by
   * {@code to}.
   *
   * @return how many bytes came; or {@link #NONE} or {@link #REFUSED}
   */
  long receive(int socket, UdpPort to, Client client) {
    if (to != port || areFull()) {
      flush();
    }
    int received = datagrams.receiveConnected(socket, count);
    if (received <= 0) {
      return received == 0 ? NONE : REFUSED;
    }
    if (count == 0) {
      port = to;
      loop.execute(flushing);
    }
    int first = count;
    count += received;
    datagrams.address(first, count, client);
    to.touch(client);
    return datagrams.lengths(first, count);
  }

  /** The last call had room for no more; there may be more. */
  boolean areFull() {
    return count == Datagrams.MOST;
  }

  /** Sends what is here. */
  void flush() {
    int all = count;
    count = 0;
    if (port != null && all > 0) {
      port.send(datagrams, all);
    }
    port = null;
  }
}
