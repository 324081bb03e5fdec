package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.TcpKeepAlive;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.logging.LogKeys;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.NativeInetAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening TCP socket of one worker: accepts connections, and starts a session for each. */
abstract class EpollAcceptor extends ListeningSocket {

  private static final Logger log = LoggerFactory.getLogger(EpollAcceptor.class);

  /** The kernel caps this at {@code net.core.somaxconn}. */
  private static final int BACKLOG = 4096;

  /** So that a burst of new connections does not delay those that are open. */
  private static final int MAX_ACCEPTS_PER_EVENT = 16;

  private static final int ECONNABORTED = -103;

  private final byte[] peer = new byte[26]; // length, then address, scope and port
  private boolean paused;

  EpollAcceptor(Worker worker, LinuxSocket socket) {
    super(worker, socket);
  }

  /**
   * Opens a listening socket.
   *
   * @param steered whether the kernel steers connections for other addresses to it
   */
  static LinuxSocket open(InetSocketAddress at, boolean shared, boolean steered)
      throws IOException {
    LinuxSocket socket = newSocketStream(at.getAddress());
    try {
      socket.setReuseAddress(true);
      socket.setReusePort(shared);
      if (steered) {
        allowSteering(socket, at.getAddress());
      } else {
        allowBindBeforeAddress(socket);
      }
      // On Linux, accepted sockets inherit these options.
      socket.setTcpNoDelay(true);
      TcpKeepAlive.enable(socket);
      socket.bind(at);
      socket.listen(BACKLOG);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** What serves an accepted connection; null: nothing. */
  abstract @Nullable ListenerContext contextOf(LinuxSocket connection);

  /** The address of this socket, for log lines. */
  abstract Object name();

  @Override
  protected final void readable() {
    accept();
  }

  /** Accepts all waiting connections, in several steps. */
  private void accept() {
    if (!acceptUpTo(MAX_ACCEPTS_PER_EVENT)) {
      worker.executeAfterPoll(this::accept);
    }
  }

  /** Accepts at most {@code limit} connections; returns whether there is nothing more to do now. */
  private boolean acceptUpTo(int limit) {
    for (int i = 0; i < limit; i++) {
      if (paused || !socket.isOpen()) {
        return true;
      }
      int accepted;
      try {
        accepted = socket.accept(peer);
      } catch (NativeIoException e) {
        if (e.expectedErr() == ECONNABORTED) {
          continue; // the client has disconnected already
        }
        pause(e);
        return true;
      } catch (IOException e) {
        pause(e);
        return true;
      }
      if (accepted < 0) {
        return true;
      }
      InetAddress client = NativeInetAddress.address(peer, 1, peer[0]).getAddress();
      LinuxSocket connection = LinuxSocket.newSocket(accepted);
      ListenerContext context = contextOf(connection);
      if (context != null && context.admits(client, worker)) {
        new EpollSession(worker, context, connection, client).start();
      } else {
        reject(connection);
      }
    }
    return false;
  }

  /** Closes with RST: after a FIN, the client would believe that it has reached the Service. */
  private static void reject(LinuxSocket connection) {
    try {
      connection.setSoLinger(0);
    } catch (IOException e) {
      // Disconnected already.
    }
    try {
      connection.close();
    } catch (IOException e) {
      // close(2) frees the descriptor even when it reports an error.
    }
  }

  /** Mostly EMFILE: an immediate retry would take the CPU that closing connections need. */
  private void pause(IOException cause) {
    paused = true;
    log.atWarn()
        .addKeyValue(LogKeys.FRONTEND, name())
        .addKeyValue(LogKeys.CAUSE, cause.getMessage())
        .log(
            "Cannot accept connections, retrying. If no file descriptors are left, raise the limit of"
                + " open files");
    retryLater(
        () -> {
          paused = false;
          accept();
        });
  }

  /** Clients with a complete handshake believe that they are connected. */
  final void acceptAll() {
    acceptUpTo(BACKLOG);
  }

  @Override
  protected final void beforeStop() {
    acceptAll();
  }
}
