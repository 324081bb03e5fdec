package dev.ballast.dataplane.server.steering;

import java.util.OptionalInt;

/**
 * The ports of the sockets that steered packets reach. They are bound to {@link #IPV4} and {@link
 * #IPV6} with IP_TRANSPARENT. Empty: there is no such socket.
 */
public record PrivateListeners(
    OptionalInt tcpIpv4, OptionalInt tcpIpv6, OptionalInt udpIpv4, OptionalInt udpIpv6) {

  /** The loopback address of the IPv4 sockets. */
  public static final String IPV4 = "127.66.0.1";

  /** The loopback address of the IPv6 sockets. */
  public static final String IPV6 = "::1";
}
