package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Selects the network interface that an address is announced at. */
final class NetworkInterfaces {

  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final Path IPV6_ROUTES = Path.of("/proc/net/ipv6_route");
  private static final Path IPV6_DISABLED = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
  private static final int RTF_REJECT = 0x200;

  /** An Ethernet interface. */
  static final class LanInterface {
    final String name;
    final int index;
    final byte[] mac;

    private LanInterface(String name, int index, byte[] mac) {
      this.name = name;
      this.index = index;
      this.mac = mac;
    }
  }

  private final Optional<String> configured;

  /**
   * @param configured the interface for every address; empty: selected by subnet
   */
  NetworkInterfaces(Optional<String> configured) {
    this.configured = configured;
  }

  /** The interface for an address at this moment; see {@link InterfaceSnapshot#interfaceFor}. */
  Optional<LanInterface> interfaceFor(InetAddress address) throws IOException {
    return snapshot().interfaceFor(address);
  }

  /** Reads interfaces and routes once, for any number of addresses. */
  InterfaceSnapshot snapshot() throws IOException {
    return new InterfaceSnapshot(configured, NetworkInterface.networkInterfaces().toList());
  }

  /** The interfaces and routes of this node at one moment. */
  static final class InterfaceSnapshot {
    private final Optional<String> configured;
    private final List<NetworkInterface> interfaces;
    private final List<String> routes = lines(ROUTES);
    private final List<String> ipv6Routes =
        Files.exists(IPV6_ROUTES) ? lines(IPV6_ROUTES) : List.of();

    private InterfaceSnapshot(Optional<String> configured, List<NetworkInterface> interfaces)
        throws IOException {
      this.configured = configured;
      this.interfaces = interfaces;
    }

    /**
     * The configured interface; else the interface whose subnet contains the address, the smallest
     * subnet first; else the interface of the default route. An IPv6 address without an IPv6
     * default route uses the IPv4 default route, because a LAN mostly has both. Empty when there is
     * no interface, or it has no MAC address.
     */
    Optional<LanInterface> interfaceFor(InetAddress address) throws IOException {
      if (configured.isPresent()) {
        return byName(configured.orElseThrow());
      }
      NetworkInterface best = null;
      int longest = -1;
      for (NetworkInterface each : interfaces) {
        for (InterfaceAddress own : each.getInterfaceAddresses()) {
          int prefix = own.getNetworkPrefixLength();
          if (prefix > longest && !each.isLoopback() && contains(own, address)) {
            best = each;
            longest = prefix;
          }
        }
      }
      if (best != null) {
        return lanInterface(best);
      }
      Optional<String> route =
          address instanceof Inet6Address ? defaultIpv6Route(ipv6Routes) : Optional.empty();
      if (route.isEmpty()) {
        route = defaultRoute(routes);
      }
      return route.isPresent() ? byName(route.orElseThrow()) : Optional.empty();
    }

    /**
     * Why an address of this LAN cannot be announced: it is the address of a gateway, of a network,
     * or for broadcast. Empty when it can be.
     */
    Optional<String> unusableMessage(InetAddress address) {
      if (Stream.concat(gateways(routes), ipv6Gateways(ipv6Routes)).anyMatch(address::equals)) {
        return Optional.of("it is the gateway of this node's default route");
      }
      return interfaces.stream()
          .flatMap(
              each ->
                  each.getInterfaceAddresses().stream()
                      .flatMap(own -> NetworkInterfaces.unusableMessage(own, address).stream())
                      .map(what -> what + ", the subnet of this node's " + each.getName()))
          .findFirst();
    }
  }

  /** Subnets of two addresses have no network and broadcast addresses (RFC 3021). */
  static Optional<String> unusableMessage(InterfaceAddress own, InetAddress address) {
    return unusableMessage(own.getAddress(), own.getNetworkPrefixLength(), address);
  }

  static Optional<String> unusableMessage(InetAddress own, int prefix, InetAddress address) {
    if (!(address instanceof Inet4Address) || prefix > 30 || !sameNetwork(own, address, prefix)) {
      return Optional.empty();
    }
    int hosts = -1 >>> prefix;
    int bits = ByteBuffer.wrap(address.getAddress()).getInt();
    String what = (bits & hosts) == 0 ? "network" : (bits & hosts) == hosts ? "broadcast" : "";
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it is the %s address of %s/%d"
                .formatted(
                    what,
                    address(fourBytes(bits & ~hosts, ByteOrder.BIG_ENDIAN)).getHostAddress(),
                    prefix));
  }

  private static byte[] fourBytes(int number, ByteOrder order) {
    return ByteBuffer.allocate(4).order(order).putInt(number).array();
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(bytes.length), e);
    }
  }

  /** Whether IPv6 is enabled on this node. */
  boolean hasIpv6() {
    try {
      return Files.readString(IPV6_DISABLED, StandardCharsets.US_ASCII).strip().equals("0");
    } catch (IOException e) {
      return false; // A kernel without IPv6 does not have the file.
    }
  }

  private static List<String> lines(Path path) throws IOException {
    return Files.readAllLines(path, StandardCharsets.US_ASCII);
  }

  private static Optional<LanInterface> byName(String name) throws IOException {
    NetworkInterface found = NetworkInterface.getByName(name);
    return found == null ? Optional.empty() : lanInterface(found);
  }

  private static Optional<LanInterface> lanInterface(NetworkInterface found) throws IOException {
    byte[] mac = found.getHardwareAddress();
    return mac == null || mac.length != 6
        ? Optional.empty()
        : Optional.of(new LanInterface(found.getName(), found.getIndex(), mac));
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
   * The interface of the default route. The fields of /proc/net/route are: interface, destination,
   * gateway, flags, …, and the mask as the eighth.
   */
  static Optional<String> defaultRoute(List<String> lines) {
    return defaultRoutes(lines).map(fields -> fields[0]).findFirst();
  }

  private static Stream<String[]> defaultRoutes(List<String> lines) {
    return lines.stream()
        .skip(1)
        .map(line -> line.split("\\s+", -1))
        .filter(fields -> fields.length > 7)
        .filter(fields -> fields[1].equals("00000000") && fields[7].equals("00000000"));
  }

  /** The gateways of the default routes, which the file has in the byte order of the machine. */
  static Stream<InetAddress> gateways(List<String> lines) {
    return defaultRoutes(lines)
        .map(fields -> (int) Long.parseLong(fields[2], 16))
        .filter(gateway -> gateway != 0)
        .map(gateway -> address(fourBytes(gateway, ByteOrder.nativeOrder())));
  }

  /**
   * The interface of the IPv6 default route. The fields of /proc/net/ipv6_route are: destination,
   * prefix length, source, its prefix length, next hop, metric, references, use, flags, interface.
   * Every machine also has a default route that rejects.
   */
  static Optional<String> defaultIpv6Route(List<String> lines) {
    return defaultIpv6Routes(lines).map(fields -> fields[9]).findFirst();
  }

  private static Stream<String[]> defaultIpv6Routes(List<String> lines) {
    return lines.stream()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(fields -> fields.length > 9)
        .filter(fields -> fields[0].equals("0".repeat(32)) && fields[1].equals("00"))
        .filter(fields -> (Long.parseLong(fields[8], 16) & RTF_REJECT) == 0);
  }

  static Stream<InetAddress> ipv6Gateways(List<String> lines) {
    return defaultIpv6Routes(lines)
        .map(fields -> fields[4])
        .filter(gateway -> !gateway.equals("0".repeat(32)))
        .map(gateway -> address(HexFormat.of().parseHex(gateway)));
  }
}
