package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.SteeredEngine;
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
import java.util.Map;

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

  /** The engine for each protocol that is supported. */
  Map<Protocol, RelayEngine> engines() {
    return switch (this) {
      case EPOLL -> Map.of(Protocol.TCP, new EpollEngine(), Protocol.UDP, new UdpEngine());
      case NIO -> Map.of(Protocol.TCP, new ChannelEngine());
    };
  }

  /** The engines for steered packets; empty where steering is not supported. */
  Map<Protocol, SteeredEngine> steeredEngines() {
    return switch (this) {
      case EPOLL -> Map.of(Protocol.TCP, new EpollEngine(), Protocol.UDP, new UdpEngine());
      case NIO -> Map.of();
    };
  }

  private static SocketProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }
}
