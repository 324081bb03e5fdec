package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelaySession;
import dev.ballast.dataplane.server.relay.session.TcpKeepAlive;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.logging.LogKeys;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP session on two plain sockets.
 *
 * <p>Bytes are received into the worker's buffer, and sent at once. What the other socket does not
 * accept is kept, and nothing more is received until it is sent. So an idle session has no buffer,
 * and a blocked one has at most one in each direction.
 */
final class EpollSession extends RelaySession {

  private static final Logger log = LoggerFactory.getLogger(EpollSession.class);

  private final EpollSocket client;

  /** The backend that is being connected to, or is connected. */
  private @Nullable EpollSocket server;

  private boolean connected;

  /** A task that continues the transfer is in the queue of the loop. */
  private boolean resumeScheduled;

  private @Nullable Future<?> connectTimeout;

  EpollSession(
      Worker worker, ListenerContext context, LinuxSocket client, InetAddress clientAddress) {
    super(worker, context, clientAddress, ConnectionType.TCP);
    this.client = new EpollSocket(this, client);
  }

  void start() {
    begin();
    try {
      client.register((IoEventLoop) worker().loop());
      connectNext();
    } catch (IOException e) {
      reset();
    }
  }

  @Override
  protected OptionalInt clientPort() {
    InetSocketAddress from = client.socket().remoteAddress();
    return from == null ? OptionalInt.empty() : OptionalInt.of(from.getPort());
  }

  @Override
  public void reset() {
    if (isEnded()) {
      return;
    }
    end();
    cancelConnectTimeout();
    client.reset();
    if (server != null) {
      server.reset();
    }
  }

  /**
   * Handles an event of one of the sockets.
   *
   * @param failed whether it is an error; data that came before it is read first
   */
  void onEvent(EpollSocket peer, boolean failed) {
    if (isEnded()) {
      return;
    }
    try {
      if (connected) {
        transfer();
      } else if (peer == server) {
        finishConnect(peer);
      }
      if (failed && !isEnded() && peer.socket().isOpen() && peer.hasFailed()) {
        reset();
      }
    } catch (IOException | NotYetConnectedException e) {
      reset(); // RST received
    } catch (RuntimeException e) {
      log.atError()
          .setCause(e)
          .addKeyValue(LogKeys.FRONTEND, context().binding())
          .log("Reset a connection because of a bug in the relay");
      reset();
    }
  }

  /**
   * Tries up to four backends, each once. Nothing was read from the client yet, so trying again is
   * safe. When none is left, the client gets an RST, as from a host that does not listen.
   */
  private void connectNext() {
    Backend backend = nextBackend();
    while (backend != null && !connect(backend)) {
      backend = nextBackend();
    }
    if (backend == null) {
      reset();
    }
  }

  /** Starts to connect; returns false when that fails at once. */
  private boolean connect(Backend backend) {
    EpollSocket peer;
    try {
      boolean ipv6 = backend.address().getAddress() instanceof Inet6Address;
      peer = new EpollSocket(this, LinuxSocket.newSocketStream(ipv6));
    } catch (ChannelException e) {
      backendFailed(); // no file descriptor left
      return false;
    }
    try {
      peer.socket().setTcpNoDelay(true);
      TcpKeepAlive.enable(peer.socket());
      // The first event reports the result, also when it is known at once.
      peer.socket().connect(backend.address());
      peer.register((IoEventLoop) worker().loop());
    } catch (IOException e) {
      peer.close();
      backendFailed(e);
      return false;
    }
    server = peer;
    connectTimeout =
        worker()
            .loop()
            .schedule(
                () -> connectFailed(peer),
                snapshot().policy().connectTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    return true;
  }

  private void finishConnect(EpollSocket peer) throws IOException {
    try {
      if (!peer.socket().finishConnect()) {
        return;
      }
    } catch (IOException e) {
      connectFailed(peer);
      return;
    }
    cancelConnectTimeout();
    backendAccepted();
    connected = true;
    touch();
    transfer();
  }

  private void connectFailed(EpollSocket peer) {
    if (isEnded() || connected || peer != server) {
      return;
    }
    cancelConnectTimeout();
    peer.close();
    server = null;
    backendFailed();
    connectNext();
  }

  private void cancelConnectTimeout() {
    if (connectTimeout != null) {
      connectTimeout.cancel(false);
      connectTimeout = null;
    }
  }

  private void transfer() throws IOException {
    EpollSocket backend = server;
    if (backend == null) {
      return;
    }
    boolean moreToRead = transfer(client, backend, traffic().bytesToBackends());
    moreToRead |= transfer(backend, client, traffic().bytesToClients());
    if (client.isOutputClosed() && backend.isOutputClosed()) {
      end();
      client.close();
      backend.close();
    } else if (moreToRead && !resumeScheduled) {
      resumeScheduled = true;
      worker().executeAfterPoll(this::resume);
    }
  }

  private void resume() {
    resumeScheduled = false;
    onEvent(client, false);
  }

  /** Relays in one direction; returns whether data is left because the limit was reached. */
  private boolean transfer(EpollSocket from, EpollSocket to, LongAdder bytes) throws IOException {
    ByteBuffer buffer = worker().buffer();
    int moved = 0;
    int most = worker().maxBytesPerTurn();
    while (to.flush() && from.isReadable()) {
      if (moved >= most) {
        return true;
      }
      int read = from.read(buffer, most - moved);
      if (read > 0) {
        to.write(buffer, read);
        touch();
        bytes.add(read);
        moved += read;
      }
    }
    if (from.isInputClosed() && !to.isOutputClosed() && to.flush()) {
      to.shutdownOutput(from.isOutputClosed());
    }
    return false;
  }
}
