package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.tcp.ChannelEngine;
import dev.ballast.dataplane.server.relay.tcp.EpollEngine;
import dev.ballast.dataplane.server.relay.udp.UdpEngine;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The transport of the event loops, epoll or NIO, and the engines for it. */
enum ChannelTransport {
  EPOLL,
  /** Without epoll: TCP only, and a port without endpoints is not reserved. */
  NIO;

  static ChannelTransport of(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class) ? EPOLL : NIO;
  }

  /** An unregistered TCP channel of the family of {@code address}. */
  Channel channel(InetAddress address) {
    return switch (this) {
      case EPOLL -> new EpollSocketChannel(family(address));
      case NIO -> new NioSocketChannel();
    };
  }

  /** The engine for TCP. */
  RelayEngine engine() {
    return switch (this) {
      case EPOLL -> new EpollEngine();
      case NIO -> new ChannelEngine();
    };
  }

  /** The engine for UDP with this number of workers; null where UDP is not supported. */
  @Nullable RelayEngine udpEngine(int workers) {
    return switch (this) {
      case EPOLL -> new UdpEngine(workers);
      case NIO -> null;
    };
  }

  private static SocketProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }
}
