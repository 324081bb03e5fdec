package dev.ballast.dataplane.core.endpoint;

import java.net.Inet6Address;
import java.net.InetAddress;

/** An IP family. */
public enum Family {
  IPV4,
  IPV6;

  public static Family of(InetAddress address) {
    return address instanceof Inet6Address ? IPV6 : IPV4;
  }
}
