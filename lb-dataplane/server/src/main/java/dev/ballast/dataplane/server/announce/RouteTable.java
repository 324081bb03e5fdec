package dev.ballast.dataplane.server.announce;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The routes of one IP family, in the order of the kernel's lookup, without those of lo. */
final class RouteTable {

  private static final int RTF_GATEWAY = 0x2;
  private static final int RTF_REJECT = 0x200;

  private final List<Route> routes;

  /**
   * A route.
   *
   * @param gateway empty: the destination is on the link of the interface
   */
  private record Route(
      String interfaceName, Subnet destination, Optional<InetAddress> gateway, long metric) {}

  private RouteTable(Stream<Route> routes) {
    // The sort is stable: of equal routes, the kernel takes the first.
    this.routes =
        routes
            .filter(route -> !route.interfaceName().equals("lo"))
            .sorted(
                Comparator.comparingInt((Route route) -> -route.destination().prefix())
                    .thenComparingLong(Route::metric))
            .toList();
  }

  /**
   * Parses /proc/net/route. The fields are: interface, destination, gateway, flags, references,
   * use, metric, and mask. Addresses are in the byte order of the machine.
   */
  static RouteTable ofIpv4(List<String> lines) {
    List<Route> routes = new ArrayList<>();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields.length > 7 && (Long.parseLong(fields[3], 16) & RTF_REJECT) == 0) {
        int mask = ByteBuffer.wrap(bytes(fields[7])).getInt();
        routes.add(
            new Route(
                fields[0],
                new Subnet(Subnet.inetAddress(bytes(fields[1])), Integer.bitCount(mask)),
                gateway(fields[3], bytes(fields[2])),
                Long.parseLong(fields[6])));
      }
    }
    return new RouteTable(routes.stream());
  }

  private static byte[] bytes(String machineOrder) {
    int number = (int) Long.parseLong(machineOrder, 16);
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(number).array();
  }

  /**
   * Parses /proc/net/ipv6_route. The fields are: destination, prefix length, source, its prefix
   * length, next hop, metric, references, use, flags, interface. Numbers are hexadecimal. Every
   * machine also has a default route that rejects.
   */
  static RouteTable ofIpv6(List<String> lines) {
    HexFormat hex = HexFormat.of();
    List<Route> routes = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields.length > 9 && (Long.parseLong(fields[8], 16) & RTF_REJECT) == 0) {
        routes.add(
            new Route(
                fields[9],
                new Subnet(
                    Subnet.inetAddress(hex.parseHex(fields[0])), Integer.parseInt(fields[1], 16)),
                gateway(fields[8], hex.parseHex(fields[4])),
                Long.parseLong(fields[5], 16)));
      }
    }
    return new RouteTable(routes.stream());
  }

  private static Optional<InetAddress> gateway(String flags, byte[] address) {
    return (Long.parseLong(flags, 16) & RTF_GATEWAY) == 0
        ? Optional.empty()
        : Optional.of(Subnet.inetAddress(address));
  }

  /** The interface of the default route. */
  Optional<String> defaultInterface() {
    return defaultRoutes().map(Route::interfaceName).findFirst();
  }

  /** The gateways of the default routes. */
  Stream<InetAddress> gateways() {
    return defaultRoutes().flatMap(route -> route.gateway().stream());
  }

  private Stream<Route> defaultRoutes() {
    return routes.stream().filter(route -> route.destination().prefix() == 0);
  }

  /**
   * The interface by which the kernel sends to the machines on the link of {@code address}; empty
   * when it sends to a gateway.
   */
  Optional<String> onLinkInterface(InetAddress address) {
    return routes.stream()
        .filter(route -> route.destination().contains(address))
        .findFirst()
        .filter(route -> route.gateway().isEmpty() && route.destination().prefix() > 0)
        .map(Route::interfaceName);
  }
}
