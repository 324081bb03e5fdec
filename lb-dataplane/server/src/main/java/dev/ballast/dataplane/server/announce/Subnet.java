package dev.ballast.dataplane.server.announce;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An address and the length of its subnet's prefix: what an interface has, or the destination of a
 * route.
 */
record Subnet(InetAddress address, int prefix) {

  boolean contains(InetAddress other) {
    byte[] a = address.getAddress();
    byte[] b = other.getAddress();
    if (a.length != b.length) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit += 8) {
      int mask = prefix - bit >= 8 ? 0xff : 0xff00 >> (prefix - bit);
      if (((a[bit / 8] ^ b[bit / 8]) & mask & 0xff) != 0) {
        return false;
      }
    }
    return true;
  }

  /** In CIDR notation, with the network's address. */
  String cidr() {
    byte[] network = address.getAddress();
    for (int bit = 0; bit < network.length * 8; bit++) {
      if (bit >= prefix) {
        network[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
      }
    }
    return inetAddress(network).getHostAddress() + "/" + prefix;
  }

  /**
   * Why no machine can have an address: it is the network or the broadcast address of this subnet.
   * Subnets of two addresses have none (RFC 3021).
   */
  Optional<String> unusableMessage(InetAddress other) {
    if (!(other instanceof Inet4Address) || prefix > 30 || !contains(other)) {
      return Optional.empty();
    }
    int hosts = -1 >>> prefix;
    int bits = ByteBuffer.wrap(other.getAddress()).getInt();
    String what = (bits & hosts) == 0 ? "network" : (bits & hosts) == hosts ? "broadcast" : "";
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it is the %s address of %s/%d"
                .formatted(what, inetAddress(fourBytes(bits & ~hosts)).getHostAddress(), prefix));
  }

  private static byte[] fourBytes(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  static InetAddress inetAddress(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(bytes.length), e);
    }
  }
}
