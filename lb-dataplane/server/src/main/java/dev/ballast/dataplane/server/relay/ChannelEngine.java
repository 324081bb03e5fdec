package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Policy;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Copies bytes between two Netty channels of one event loop. Netty switches Nagle's algorithm off
 * on its own ({@code TCP_NODELAY}).
 */
final class ChannelEngine implements Engine {

  /** As many as the kernel allows; it caps this at {@code net.core.somaxconn}. */
  private static final int BACKLOG = 4096;

  /** What may wait for a slow reader, per direction, in bytes. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  private final Transport transport;

  ChannelEngine(Transport transport) {
    this.transport = transport;
  }

  @Override
  public Future<Acceptor> listen(Lane lane, Entrance entrance, boolean shared) {
    InetAddress address = entrance.binding().address();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(lane.loop(), lane.loop())
            .channelFactory(() -> transport.serverChannel(address))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel client) {
                    new ChannelSession(ChannelEngine.this, lane, entrance, client).start();
                  }
                });
    if (transport == Transport.EPOLL) {
      bootstrap
          .option(EpollChannelOption.IP_FREEBIND, true)
          .option(UnixChannelOption.SO_REUSEPORT, shared);
    }
    Promise<Acceptor> listening = lane.loop().newPromise();
    ChannelFuture bound = bootstrap.bind(new InetSocketAddress(address, entrance.binding().port()));
    bound.addListener(
        done -> {
          if (done.isSuccess()) {
            listening.setSuccess(() -> bound.channel().close());
          } else {
            listening.setFailure(done.cause());
          }
        });
    return listening;
  }

  /** A channel to a backend, not registered and not connected yet. */
  Channel newChannel(InetAddress address, Policy policy) {
    Channel channel = transport.channel(address);
    ChannelConfig config = channel.config();
    config.setAutoRead(false);
    config.setWriteBufferWaterMark(WATER_MARK);
    config.setConnectTimeoutMillis(
        (int) Math.min(Integer.MAX_VALUE, Math.max(1, policy.connectTimeout().toMillis())));
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    return channel;
  }
}
