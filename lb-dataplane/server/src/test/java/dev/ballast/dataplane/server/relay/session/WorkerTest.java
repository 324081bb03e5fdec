package dev.ballast.dataplane.server.relay.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:limits")
class WorkerTest {

  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = loops.next();
  private final Worker worker = new Worker(loop, 1 << 20);

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void a_task_that_comes_back_again_and_again_lets_other_sockets_have_their_turn()
      throws Exception {
    // Given
    AtomicInteger turns = new AtomicInteger();
    CompletableFuture<Integer> turnsBeforeTheEvent = new CompletableFuture<>();
    CompletableFuture<LinuxSocket> receiver = new CompletableFuture<>();
    loop.execute(() -> receiver.complete(register(turns, turnsBeforeTheEvent)));
    InetSocketAddress to = receiver.get(5, TimeUnit.SECONDS).localAddress();
    loop.execute(() -> comeBack(turns));
    await().until(() -> turns.get() > 1000);

    // When
    try (DatagramSocket sender = new DatagramSocket()) {
      loop.submit(() -> send(sender, to, turns)).get(5, TimeUnit.SECONDS);
    }

    // Then
    assertThat(turnsBeforeTheEvent.get(5, TimeUnit.SECONDS)).isLessThanOrEqualTo(3);
  }

  /** A task of a session that always has more to do. */
  private void comeBack(AtomicInteger turns) {
    turns.incrementAndGet();
    if (!loop.isShuttingDown()) {
      worker.executeAfterPoll(() -> comeBack(turns));
    }
  }

  private static void send(DatagramSocket sender, InetSocketAddress to, AtomicInteger turns) {
    try {
      turns.set(0);
      sender.send(new DatagramPacket(new byte[1], 1, to));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private LinuxSocket register(AtomicInteger turns, CompletableFuture<Integer> event) {
    try {
      LinuxSocket socket = LinuxSocket.newSocketDgram(false);
      socket.bind(LOOPBACK);
      EdgeTriggeredSockets.register(
          loop,
          new Receiver(socket, () -> event.complete(turns.get())),
          EdgeTriggeredSockets.READABLE);
      return socket;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Receiver(LinuxSocket socket, Runnable onEvent) implements EpollIoHandle {
    @Override
    public FileDescriptor fd() {
      return socket;
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      onEvent.run();
    }

    @Override
    public void close() {}
  }
}
