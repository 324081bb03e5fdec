package dev.ballast.dataplane.core.plan;

import java.net.InetAddress;

/** The address, port and protocol that a listener is bound to. */
public record Binding(InetAddress address, int port, Protocol protocol) {

  @Override
  public String toString() {
    String host = address.getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port + "/" + protocol;
  }
}
