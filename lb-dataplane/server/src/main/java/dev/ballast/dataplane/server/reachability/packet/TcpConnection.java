package dev.ballast.dataplane.server.reachability.packet;

import java.net.InetAddress;

/** The addresses and ports of a TCP connection, seen from this node. */
public record TcpConnection(
    InetAddress localAddress, int localPort, InetAddress remoteAddress, int remotePort) {

  /** As the other machine sees it. */
  TcpConnection reversed() {
    return new TcpConnection(remoteAddress, remotePort, localAddress, localPort);
  }
}
