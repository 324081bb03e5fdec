package dev.ballast.dataplane.server.relay.session;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket of one worker, for TCP and UDP: bound, registered with the worker's event loop
 * and edge-triggered. Everything here runs on that loop, except {@link #stop()}.
 */
public abstract class ListeningSocket implements RelayEngine.Acceptor, EpollIoHandle {

  /** For the kernel to recover, such as from a lack of descriptors. */
  private static final long RETRY_SECONDS = 1;

  private static final int SOL_IP = 0;
  private static final int IP_FREEBIND = 15;
  private static final int IP_TRANSPARENT = 19;
  private static final int SOL_IPV6 = 41;
  private static final int IPV6_TRANSPARENT = 75;

  protected final Worker worker;
  protected final LinuxSocket socket;
  private @Nullable IoRegistration registration;

  protected ListeningSocket(Worker worker, LinuxSocket socket) {
    this.worker = worker;
    this.socket = socket;
  }

  /** Opens a bound socket. */
  public interface SocketOpener<T extends ListeningSocket> {
    T open() throws IOException;
  }

  /** Opens a socket on the worker's loop, and registers it there. */
  public static <T extends ListeningSocket> Future<T> listen(
      Worker worker, SocketOpener<T> socketOpener) {
    Promise<T> listening = worker.loop().newPromise();
    worker.loop().execute(() -> listen(worker, socketOpener, listening));
    return listening;
  }

  private static <T extends ListeningSocket> void listen(
      Worker worker, SocketOpener<T> socketOpener, Promise<T> listening) {
    T opened;
    try {
      opened = socketOpener.open();
    } catch (IOException | RuntimeException | LinkageError e) {
      // Whatever it is, somebody waits for the promise. Without a descriptor, no class is loaded.
      listening.setFailure(e);
      return;
    }
    try {
      ((ListeningSocket) opened).registration =
          EdgeTriggeredSockets.register(
              (IoEventLoop) worker.loop(), opened, EdgeTriggeredSockets.READABLE);
      listening.setSuccess(opened);
    } catch (IOException e) {
      opened.close();
      listening.setFailure(e);
    }
  }

  /** A TCP socket. Netty reports a lack of file descriptors with an unchecked exception. */
  public static LinuxSocket newSocketStream(InetAddress at) throws IOException {
    try {
      return LinuxSocket.newSocketStream(at instanceof Inet6Address);
    } catch (ChannelException e) {
      throw new IOException("no file descriptor left", e);
    }
  }

  /** A UDP socket, as {@link #newSocketStream}. */
  public static LinuxSocket newSocketDgram(InetAddress at) throws IOException {
    try {
      return LinuxSocket.newSocketDgram(at instanceof Inet6Address);
    } catch (ChannelException e) {
      throw new IOException("no file descriptor left", e);
    }
  }

  /**
   * Lets a socket get the packets that the kernel steers to it, which are for other addresses
   * (IP_TRANSPARENT). Needs CAP_NET_ADMIN.
   */
  public static void allowSteering(LinuxSocket socket, InetAddress at) throws IOException {
    if (at instanceof Inet6Address) {
      socket.setIntOpt(SOL_IPV6, IPV6_TRANSPARENT, 1);
    } else {
      socket.setIntOpt(SOL_IP, IP_TRANSPARENT, 1);
    }
  }

  /**
   * Lets a socket bind to an address that is not on the node yet (IP_FREEBIND): the data plane
   * announces an address only when it can serve it.
   */
  public static void allowBindBeforeAddress(LinuxSocket socket) throws IOException {
    socket.setIntOpt(SOL_IP, IP_FREEBIND, 1);
  }

  /**
   * Takes what waits in the socket. Edge-triggered: an implementation that stops before the socket
   * is empty must come back by itself.
   */
  protected abstract void readable();

  /** The last thing to do before {@link #stop()} closes the socket. */
  protected void beforeStop() {}

  /** Runs {@code action} on the loop after a pause: an immediate retry would only burn CPU. */
  protected final void retryLater(Runnable action) {
    var unused = worker.loop().schedule(action, RETRY_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public final FileDescriptor fd() {
    return socket;
  }

  @Override
  public final void handle(IoRegistration registered, IoEvent event) {
    readable();
  }

  @Override
  public final Future<?> stop() {
    Promise<Void> closed = worker.loop().newPromise();
    worker
        .loop()
        .execute(
            () -> {
              beforeStop();
              close();
              closed.setSuccess(null);
            });
    return closed;
  }

  @Override
  public void close() {
    EdgeTriggeredSockets.close(socket, registration);
    registration = null;
  }
}
