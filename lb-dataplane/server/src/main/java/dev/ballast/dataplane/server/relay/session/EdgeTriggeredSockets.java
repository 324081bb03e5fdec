package dev.ballast.dataplane.server.relay.session;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Registers plain sockets with an event loop, edge-triggered: the loop reports new data once, so a
 * socket is read until it is empty. Static methods rather than an object, because each connection
 * registers two sockets.
 */
public final class EdgeTriggeredSockets {

  /** Data has arrived. */
  public static final EpollIoOps READABLE = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET);

  /**
   * Registers for {@code interest}. To be called on {@code loop}, where Netty registers at once;
   * the first event comes after this has returned.
   */
  public static IoRegistration register(IoEventLoop loop, EpollIoHandle handle, EpollIoOps interest)
      throws IOException {
    var registering = loop.register(handle);
    if (!registering.isSuccess()) {
      throw new IOException("the event loop accepts no more sockets", registering.cause());
    }
    IoRegistration registration = registering.getNow();
    try {
      registration.submit(interest);
    } catch (UncheckedIOException e) {
      // epoll_ctl(2) fails when the user has no epoll watches or the kernel has no memory left.
      registration.cancel();
      throw e.getCause();
    }
    return registration;
  }

  /** Closes the socket, then cancels its registration: close(2) takes it out of epoll by itself. */
  public static void close(LinuxSocket socket, @Nullable IoRegistration registration) {
    try {
      socket.close();
    } catch (IOException e) {
      // close(2) frees the descriptor and the port even when it reports an error.
    }
    if (registration != null) {
      registration.cancel();
    }
  }

  private EdgeTriggeredSockets() {}
}
