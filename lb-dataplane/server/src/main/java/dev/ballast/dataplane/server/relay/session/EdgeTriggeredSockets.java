package dev.ballast.dataplane.server.relay.session;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;

/** Sockets that an event loop tells once of what they have for us. */
public final class EdgeTriggeredSockets {

  /** {@code registered} runs on the loop, before the first event. */
  public static Future<?> register(
      IoEventLoop loop, EpollIoHandle handle, Consumer<IoRegistration> registered) {
    return loop.register(handle)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                IoRegistration now = (IoRegistration) done.getNow();
                registered.accept(now);
                now.submit(EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET));
              }
            });
  }

  private EdgeTriggeredSockets() {}
}
