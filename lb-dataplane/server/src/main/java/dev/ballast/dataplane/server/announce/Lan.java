package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which interface has the LAN that an address belongs to. */
final class Lan {

  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final Path IPV6_ROUTES = Path.of("/proc/net/ipv6_route");
  private static final Path IPV6_OFF = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
  private static final int REJECTS = 0x200;

  /** An Ethernet interface. */
  static final class Port {
    final String name;
    final int index;
    final byte[] mac;

    private Port(String name, int index, byte[] mac) {
      this.name = name;
      this.index = index;
      this.mac = mac;
    }
  }

  private final Optional<String> configured;

  /**
   * @param configured the interface for every address; empty: by subnet
   */
  Lan(Optional<String> configured) {
    this.configured = configured;
  }

  /**
   * The configured interface; else the one whose subnet has the address, the smallest subnet first;
   * else the default route's, for IPv6 then IPv4's: a LAN mostly has both. Empty when there is
   * none, or it has no MAC address.
   */
  Optional<Port> portFor(InetAddress address) throws IOException {
    if (configured.isPresent()) {
      return named(configured.orElseThrow());
    }
    NetworkInterface best = null;
    int longest = -1;
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      for (InterfaceAddress own : each.getInterfaceAddresses()) {
        int prefix = own.getNetworkPrefixLength();
        if (prefix > longest && !each.isLoopback() && contains(own, address)) {
          best = each;
          longest = prefix;
        }
      }
    }
    if (best != null) {
      return port(best);
    }
    Optional<String> route = Optional.empty();
    if (address instanceof Inet6Address && Files.exists(IPV6_ROUTES)) {
      route = defaultIpv6Route(lines(IPV6_ROUTES));
    }
    if (route.isEmpty()) {
      route = defaultRoute(lines(ROUTES));
    }
    return route.isPresent() ? named(route.orElseThrow()) : Optional.empty();
  }

  /** Whether addresses of IPv6 can be local to this machine. */
  boolean hasIpv6() {
    try {
      return Files.readString(IPV6_OFF, StandardCharsets.US_ASCII).strip().equals("0");
    } catch (IOException e) {
      return false; // A kernel without IPv6 does not have the file.
    }
  }

  private static List<String> lines(Path path) throws IOException {
    return Files.readAllLines(path, StandardCharsets.US_ASCII);
  }

  private static Optional<Port> named(String name) throws IOException {
    NetworkInterface found = NetworkInterface.getByName(name);
    return found == null ? Optional.empty() : port(found);
  }

  private static Optional<Port> port(NetworkInterface found) throws IOException {
    byte[] mac = found.getHardwareAddress();
    return mac == null || mac.length != 6
        ? Optional.empty()
        : Optional.of(new Port(found.getName(), found.getIndex(), mac));
  }

  static boolean contains(InterfaceAddress own, InetAddress address) {
    return sameNetwork(own.getAddress(), address, own.getNetworkPrefixLength());
  }

  static boolean sameNetwork(InetAddress one, InetAddress other, int prefix) {
    byte[] a = one.getAddress();
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

  /**
   * Of the lines of /proc/net/route: interface, destination, gateway, flags, …, the mask eighth.
   */
  static Optional<String> defaultRoute(List<String> lines) {
    return lines.stream()
        .skip(1)
        .map(line -> line.split("\\s+", -1))
        .filter(fields -> fields.length > 7)
        .filter(fields -> fields[1].equals("00000000") && fields[7].equals("00000000"))
        .map(fields -> fields[0])
        .findFirst();
  }

  /**
   * Of the lines of /proc/net/ipv6_route: destination, prefix length, source, its prefix length,
   * next hop, metric, references, use, flags, interface. Every machine has one to everywhere that
   * rejects.
   */
  static Optional<String> defaultIpv6Route(List<String> lines) {
    return lines.stream()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(fields -> fields.length > 9)
        .filter(fields -> fields[0].equals("0".repeat(32)) && fields[1].equals("00"))
        .filter(fields -> (Long.parseLong(fields[8], 16) & REJECTS) == 0)
        .map(fields -> fields[9])
        .findFirst();
  }
}
