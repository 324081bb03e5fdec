package dev.ballast.dataplane.server.relay.session;

import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;

/**
 * TCP keep-alive that finds a dead peer of an idle connection within three to four minutes, rather
 * than after the two hours that Linux waits by default. With data under way the kernel gives up by
 * itself after some 15 minutes (tcp_retries2).
 */
public final class TcpKeepAlive {

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;

  /** Without a segment of the peer, before the first probe. */
  static final int IDLE_SECONDS = 60;

  /** Between the probes, of which there are nine (net.ipv4.tcp_keepalive_probes). */
  static final int INTERVAL_SECONDS = 15;

  public static void enable(LinuxSocket socket) throws IOException {
    socket.setKeepAlive(true);
    socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, IDLE_SECONDS);
    socket.setIntOpt(IPPROTO_TCP, TCP_KEEPINTVL, INTERVAL_SECONDS);
  }

  private TcpKeepAlive() {}
}
