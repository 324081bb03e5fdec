package dev.ballast.dataplane.server.hotrestart;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The holder listens on an abstract socket. The others are connected to it, so that the kernel
 * tells them at once when the holder has ended. A process that is ready to serve writes {@link
 * #WANT}, and the holder answers all with {@link #RELEASED} before it stops listening: then only
 * the one that wants the lock takes it. Everything runs on the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of close() and the like
final class UnixNodeLock implements NodeLock {

  private static final Logger log = LoggerFactory.getLogger(UnixNodeLock.class);

  /** A leading zero byte makes it abstract: no file, and gone with the last socket. */
  private static final DomainSocketAddress ADDRESS =
      new DomainSocketAddress("\0ballast.dev/dataplane");

  private static final byte WANT = 'w';
  private static final byte RELEASED = 'r';

  private static final long RETRY_MILLIS = 20;

  /** How long the process that wants the lock may take for it, before any other one takes it. */
  private static final long HANDOVER_MILLIS = 1000;

  private final EventLoop loop;
  private final Set<Channel> waiting = new HashSet<>();
  private Runnable onChange = () -> {};
  private @Nullable Channel listening;
  private @Nullable Channel holder;
  private boolean wants;
  private boolean foreignHolderTold;

  /** Until when another process takes the lock first. */
  private long yieldsUntil = System.nanoTime();

  private volatile int waitingCount;
  private volatile boolean held;
  private volatile boolean wanted;
  private volatile boolean closed;

  UnixNodeLock(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public void acquire(Runnable changed) {
    loop.execute(
        () -> {
          onChange = changed;
          attempt();
        });
  }

  @Override
  public boolean isHeld() {
    return held;
  }

  @Override
  public boolean isWanted() {
    return wanted;
  }

  @Override
  public boolean isAwaited() {
    return held && waitingCount > 0;
  }

  /** Connects first: then a holder is known before this process tries to become one. */
  private void attempt() {
    if (closed || held) {
      return;
    }
    new Bootstrap()
        .group(loop)
        .channel(EpollDomainSocketChannel.class)
        .handler(new WaitingHandler())
        .connect(ADDRESS)
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                connected((EpollDomainSocketChannel) connected.channel());
              } else if (System.nanoTime() - yieldsUntil < 0) {
                retry();
              } else {
                listen();
              }
            });
  }

  private void retry() {
    var unused = loop.schedule(this::attempt, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void connected(EpollDomainSocketChannel channel) {
    holder = channel;
    if (!isOfSameUser(channel)) {
      if (!foreignHolderTold) {
        foreignHolderTold = true;
        log.warn(
            "A process of another user has the lock of this node, so that this one cannot serve."
                + " Find it (ss -xlp | grep ballast.dev/dataplane), and end it");
      }
      channel.close();
    } else if (closed) {
      channel.close();
    } else if (wants) {
      write(channel, WANT);
    }
  }

  private static ChannelFuture write(Channel channel, byte message) {
    return channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {message}));
  }

  private void listen() {
    new ServerBootstrap()
        .group(loop)
        .channel(EpollServerDomainSocketChannel.class)
        .childHandler(
            new ChannelInitializer<EpollDomainSocketChannel>() {
              @Override
              protected void initChannel(EpollDomainSocketChannel channel) {
                accept(channel);
              }
            })
        .bind(ADDRESS)
        .addListener(
            (ChannelFuture bound) -> {
              if (!bound.isSuccess()) {
                log.debug(
                    "Another process took the lock of the node: {}", bound.cause().toString());
                retry();
              } else if (closed) {
                bound.channel().close();
              } else {
                listening = bound.channel();
                wants = false;
                wanted = false;
                held = true;
                onChange.run();
              }
            });
  }

  /** Only of the same user: another one may not end what this process serves. */
  private void accept(EpollDomainSocketChannel channel) {
    if (!isOfSameUser(channel)) {
      log.warn("A process of another user tried to take the lock of this node. It was rejected");
      channel.close();
      return;
    }
    waiting.add(channel);
    waitingCount = waiting.size();
    channel
        .closeFuture()
        .addListener(
            done -> {
              waiting.remove(channel);
              waitingCount = waiting.size();
            });
    onChange.run();
    channel.pipeline().addLast(new HoldingHandler());
  }

  private static boolean isOfSameUser(EpollDomainSocketChannel channel) {
    try {
      return channel.peerCredentials().uid() == ownUserId();
    } catch (IOException e) {
      log.debug("Cannot read the user of a process: {}", e.getMessage());
      return false;
    }
  }

  private static int ownUserId() throws IOException {
    Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return (int) uid;
  }

  /** At the holder, one for each process that waits. */
  private final class HoldingHandler extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      if (message.isReadable() && message.readByte() == WANT) {
        wanted = true;
        onChange.run();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  /** At a process that waits. */
  private final class WaitingHandler extends SimpleChannelInboundHandler<ByteBuf> {
    private final long connectedNanos = System.nanoTime();

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      if (message.isReadable() && message.readByte() == RELEASED && !wants) {
        yieldsUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HANDOVER_MILLIS);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      holder = null;
      if (System.nanoTime() - connectedNanos < TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS)) {
        retry(); // A holder that rejects this process.
      } else {
        attempt();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  @Override
  public void want() {
    loop.execute(
        () -> {
          if (!held && !wants) {
            wants = true;
            if (holder != null) {
              write(holder, WANT);
            }
          }
        });
  }

  @Override
  public void release() {
    held = false;
    wanted = false;
    loop.execute(
        () -> {
          yieldsUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HANDOVER_MILLIS);
          for (Channel each : waiting) {
            write(each, RELEASED);
          }
          stopListening();
          attempt();
        });
  }

  private void stopListening() {
    Channel channel = listening;
    listening = null;
    if (channel != null) {
      channel.close();
    }
    Set.copyOf(waiting).forEach(Channel::close);
  }

  @Override
  public void close() {
    closed = true;
    held = false;
    loop.execute(
        () -> {
          stopListening();
          if (holder != null) {
            holder.close();
          }
        });
  }
}
