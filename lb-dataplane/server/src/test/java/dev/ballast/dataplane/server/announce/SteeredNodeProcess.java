package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.steering.PrivateListeners;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * {@link AnnouncerProcess} with a server of port 8080: as a private listener that tproxy steers to,
 * or bound to the port. Its first argument tells which; the others are those of the announcer.
 */
final class SteeredNodeProcess {

  public static void main(String[] args) throws Exception {
    NftProgramSteering steering = NftProgramSteering.arpTable();
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    if (args[0].equals("tproxy")) {
      int ipv4 = listen(group, true, PrivateListeners.IPV4, 0);
      int ipv6 = listen(group, true, PrivateListeners.IPV6, 0);
      var unused =
          steering.start(
              new PrivateListeners(
                  OptionalInt.of(ipv4),
                  OptionalInt.of(ipv6),
                  OptionalInt.empty(),
                  OptionalInt.empty()));
    } else {
      var unused = listen(group, false, "::", 8080);
    }
    AnnouncerProcess.run(Arrays.copyOfRange(args, 1, args.length), steering);
  }

  private static int listen(EventLoopGroup group, boolean transparent, String address, int port)
      throws InterruptedException {
    Channel channel =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .option(EpollChannelOption.IP_TRANSPARENT, transparent)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel child) {
                    child.pipeline().addLast(new Greeting());
                  }
                })
            .bind(address, port)
            .sync()
            .channel();
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private static final class Greeting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      var unused =
          context
              .writeAndFlush(Unpooled.copiedBuffer("reached\n", UTF_8))
              .addListener(ChannelFutureListener.CLOSE);
    }
  }

  private SteeredNodeProcess() {}
}
