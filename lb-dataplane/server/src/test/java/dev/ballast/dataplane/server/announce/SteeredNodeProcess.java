package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * {@link AnnouncerProcess} with steering. Its first argument is the mode: tproxy, with a private
 * listener, or bind, without any server. The others are those of the announcer.
 */
public final class SteeredNodeProcess {

  private static final List<String> ADDRESSES =
      List.of("198.18.200.77", "198.18.200.78", "2001:db8:200::77", "203.0.113.7");

  public static void main(String[] args) throws Exception {
    Steering steering = start(args[0]);
    SteeringMode expected = args[0].equals("tproxy") ? SteeringMode.TPROXY : SteeringMode.BIND;
    if (steering.mode() != expected) {
      throw new AssertionError("mode " + steering.mode());
    }
    AnnouncerProcess.run(Arrays.copyOfRange(args, 1, args.length), steering);
  }

  /**
   * Steers port 8080 of the test's addresses, as soon as it is active.
   *
   * @param mode tproxy, with a private listener that greets; or bind, without any server
   */
  public static Steering start(String mode) throws Exception {
    boolean tproxy = mode.equals("tproxy");
    Steering steering = Steering.nftables(tproxy ? SteeringSetting.TPROXY : SteeringSetting.BIND);
    var unused = steering.start(tproxy ? privateListeners() : noListeners());
    Map<Binding, FrontendVerdict> frontends = new HashMap<>();
    for (String address : ADDRESSES) {
      frontends.put(
          new Binding(InetAddress.ofLiteral(address), 8080, Protocol.TCP), FrontendVerdict.ACCEPT);
    }
    steering.apply(new FrontendChanges(frontends, Set.of()));
    return steering;
  }

  private static PrivateListeners noListeners() {
    OptionalInt none = OptionalInt.empty();
    return new PrivateListeners(none, none, none, none);
  }

  private static PrivateListeners privateListeners() throws InterruptedException {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    return new PrivateListeners(
        OptionalInt.of(listen(group, PrivateListeners.IPV4)),
        OptionalInt.of(listen(group, PrivateListeners.IPV6)),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  private static int listen(EventLoopGroup group, String address) throws InterruptedException {
    Channel channel =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .option(EpollChannelOption.IP_TRANSPARENT, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel child) {
                    child.pipeline().addLast(new Greeting());
                  }
                })
            .bind(address, 0)
            .sync()
            .channel();
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private static final class Greeting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      var unused =
          context
              .writeAndFlush(Unpooled.copiedBuffer("first\n", UTF_8))
              .addListener(ChannelFutureListener.CLOSE);
    }
  }

  private SteeredNodeProcess() {}
}
