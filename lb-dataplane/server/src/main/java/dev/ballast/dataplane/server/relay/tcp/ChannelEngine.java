package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The TCP engine without epoll: copies bytes between two Netty channels of one event loop. Netty
 * sets {@code TCP_NODELAY} by default.
 *
 * <p>Do not use it with epoll. Netty 4.2.13 to 4.2.20 take a channel out of epoll when it waits for
 * nothing (netty/netty#16689) and cannot put it back. So a connection whose peer has sent FIN is
 * cut off as soon as it has to wait before a write. And no read reports an RST that follows a FIN.
 */
public final class ChannelEngine implements RelayEngine {

  /** As many as the kernel allows; it caps this at {@code net.core.somaxconn}. */
  private static final int BACKLOG = 4096;

  /** Bytes that may wait for a slow reader, in each direction. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  @Override
  public Future<Acceptor> listen(Worker worker, ListenerContext context, boolean shared) {
    InetAddress address = context.binding().address();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(worker.loop(), worker.loop())
            .channelFactory(NioServerSocketChannel::new)
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
                    // Null when the client has disconnected already.
                    InetSocketAddress from = (InetSocketAddress) client.remoteAddress();
                    if (from == null || !context.admits(from.getAddress(), worker)) {
                      RelayHandler.resetChannel(client);
                    } else {
                      new ChannelSession(
                              ChannelEngine.this, worker, context, client, from.getAddress())
                          .start();
                    }
                  }
                });
    Promise<Acceptor> listening = worker.loop().newPromise();
    ChannelFuture bound = bootstrap.bind(new InetSocketAddress(address, context.binding().port()));
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
  Channel newChannel(ConnectionPolicy policy) {
    Channel channel = new NioSocketChannel();
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
