package dev.ballast.dataplane.server.diagnosis;

import io.netty.util.NetUtil;
import java.net.InetAddress;

/** Subnets as people read them. */
public final class CidrNotation {

  /** An IPv6 subnet in the form of RFC 5952; an IPv4 subnet as it is. */
  public static String compressed(String cidr) {
    int slash = cidr.indexOf('/');
    return NetUtil.toAddressString(InetAddress.ofLiteral(cidr.substring(0, slash)))
        + cidr.substring(slash);
  }

  private CidrNotation() {}
}
