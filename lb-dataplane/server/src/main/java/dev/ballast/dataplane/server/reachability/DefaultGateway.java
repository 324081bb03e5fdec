package dev.ballast.dataplane.server.reachability;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The default gateway of this node. */
final class DefaultGateway {

  private static final Logger log = LoggerFactory.getLogger(DefaultGateway.class);

  private static final Path IPV4_ROUTES = Path.of("/proc/net/route");
  private static final Path IPV6_ROUTES = Path.of("/proc/net/ipv6_route");
  private static final String ANY_IPV6 = "0".repeat(32);

  private DefaultGateway() {}

  /**
   * The gateway for the family of an address of this node, at the interface of that address. Empty
   * without such a default route.
   */
  static Optional<InetAddress> find(InetAddress own, String link) {
    try {
      return own instanceof Inet4Address
          ? ofIpv4Routes(Files.readString(IPV4_ROUTES, US_ASCII), link)
          : ofIpv6Routes(Files.readString(IPV6_ROUTES, US_ASCII), link);
    } catch (IOException e) {
      log.debug("Cannot read the routes of this node: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Columns: interface, destination, gateway and others. Addresses are in host byte order. */
  static Optional<InetAddress> ofIpv4Routes(String table, String link) {
    return table
        .lines()
        .skip(1)
        .map(line -> line.split("\\s+"))
        .filter(columns -> columns.length > 7 && columns[0].equals(link))
        .filter(columns -> columns[1].equals("00000000") && columns[7].equals("00000000"))
        .map(columns -> columns[2])
        .filter(gateway -> !gateway.equals("00000000"))
        .findFirst()
        .map(
            gateway ->
                ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .putInt(HexFormat.fromHexDigits(gateway))
                    .array())
        .map(DefaultGateway::address);
  }

  /** Columns: destination, its prefix length, source, its prefix length, next hop and others. */
  static Optional<InetAddress> ofIpv6Routes(String table, String link) {
    return table
        .lines()
        .map(line -> line.split("\\s+"))
        .filter(columns -> columns.length > 4 && columns[columns.length - 1].equals(link))
        .filter(columns -> columns[0].equals(ANY_IPV6) && columns[1].equals("00"))
        .map(columns -> columns[4])
        .filter(gateway -> !gateway.equals(ANY_IPV6))
        .findFirst()
        .map(HexFormat.of()::parseHex)
        .map(DefaultGateway::address);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
