package dev.ballast.dataplane.server.diagnosis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.route.RouteLookup;
import dev.ballast.dataplane.server.firewall.FirewallVerdict;
import dev.ballast.dataplane.server.firewall.NodeFirewall;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the facts about this node. One thread uses it. */
final class NodeFactsReader {

  private static final Path PROCESS_STATUS = Path.of("/proc/self/status");
  private static final Path IPV4_SETTINGS = Path.of("/proc/sys/net/ipv4/conf");

  /** Bits of {@code CapEff} (linux/capability.h). */
  private static final Map<String, Integer> CAPABILITIES = Map.of("NET_ADMIN", 12, "NET_RAW", 13);

  /** Of clients behind a router: documentation addresses, which no network of a node has. */
  private static final InetAddress REMOTE_IPV4 = InetAddress.ofLiteral("203.0.113.1");

  private static final InetAddress REMOTE_IPV6 = InetAddress.ofLiteral("3fff::1");

  private final Announcer announcer;
  private final Steering steering;
  private final SteeringSetting setting;
  private final RecentChanges tables = new RecentChanges();
  private final RecentChanges routes = new RecentChanges();

  NodeFactsReader(Announcer announcer, Steering steering, SteeringSetting setting) {
    this.announcer = announcer;
    this.setting = setting;
    this.steering = steering;
  }

  NodeFacts read(long now) throws IOException {
    Set<InetAddress> addresses = announcer.acquired();
    Map<String, List<String>> subnets = announcer.onLinkSubnets();
    return new NodeFacts(
        missingCapabilities(Files.readString(PROCESS_STATUS, US_ASCII)),
        lacking(),
        subnets.keySet(),
        firewalls(addresses),
        replyRoutes(addresses, subnets),
        tables.update(steering.repairs(), now),
        routes.update(announcer.restoredRoutes(), now));
  }

  private Optional<SteeringMode> lacking() {
    SteeringMode mode = steering.mode();
    boolean configured = mode == SteeringMode.BIND && setting == SteeringSetting.BIND;
    return mode == SteeringMode.TPROXY || configured ? Optional.empty() : Optional.of(mode);
  }

  static Set<String> missingCapabilities(String processStatus) {
    long effective =
        processStatus
            .lines()
            .filter(line -> line.startsWith("CapEff:"))
            .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
            .findFirst()
            .orElse(-1L);
    Set<String> missing = new TreeSet<>();
    CAPABILITIES.forEach(
        (name, bit) -> {
          if ((effective & 1L << bit) == 0) {
            missing.add(name);
          }
        });
    return missing;
  }

  private List<NodeFacts.BlockingChain> firewalls(Set<InetAddress> addresses) throws IOException {
    // What accepts an arbitrary address is not what users write: they accept the range of a pool.
    if (addresses.isEmpty()) {
      return List.of();
    }
    return NodeFirewall.inspect(addresses).stream()
        .filter(finding -> finding.verdict() == FirewallVerdict.MAY_DROP)
        .map(finding -> FirewallMessages.of(finding.chain(), steering.mode()))
        .toList();
  }

  /** One for each subnet with addresses of Services. */
  private static List<NodeFacts.ReplyRoute> replyRoutes(
      Set<InetAddress> addresses, Map<String, List<String>> subnets) throws IOException {
    List<NodeFacts.ReplyRoute> found = new ArrayList<>();
    try (RouteLookup lookup = RouteLookup.open()) {
      for (Map.Entry<String, List<String>> each : subnets.entrySet()) {
        for (InetAddress remote : List.of(REMOTE_IPV4, REMOTE_IPV6)) {
          for (String subnet : each.getValue()) {
            Optional<InetAddress> address = addressIn(subnet, addresses, remote);
            if (address.isEmpty() || isOfSeveralInterfaces(subnet, subnets)) {
              continue;
            }
            found.add(
                new NodeFacts.ReplyRoute(
                    compressed(subnet),
                    each.getKey(),
                    lookup.interfaceTo(remote, address.orElseThrow()),
                    remote instanceof Inet4Address && isReversePathStrict(each.getKey())));
          }
        }
      }
    }
    return found;
  }

  /** An address may be announced at one of them only, and the other one is not asked. */
  private static boolean isOfSeveralInterfaces(String subnet, Map<String, List<String>> subnets) {
    return subnets.values().stream().filter(each -> each.contains(subnet)).count() > 1;
  }

  /** An IPv6 network in the form of RFC 5952. */
  private static String compressed(String cidr) {
    int slash = cidr.indexOf('/');
    return NetUtil.toAddressString(InetAddress.ofLiteral(cidr.substring(0, slash)))
        + cidr.substring(slash);
  }

  /** The lowest address of a subnet, of the family of {@code like}. */
  private static Optional<InetAddress> addressIn(
      String subnet, Set<InetAddress> addresses, InetAddress like) {
    Optional<Cidr> range = Cidr.parse(subnet);
    return addresses.stream()
        .filter(address -> address.getClass().equals(like.getClass()))
        .filter(address -> range.isPresent() && range.orElseThrow().contains(address))
        .min(Comparator.comparing(InetAddress::getHostAddress));
  }

  private static boolean isReversePathStrict(String name) {
    return Math.max(reversePathFilter("all"), reversePathFilter(name)) == 1;
  }

  private static int reversePathFilter(String name) {
    try {
      Path path = IPV4_SETTINGS.resolve(name).resolve("rp_filter");
      return Integer.parseInt(Files.readString(path, US_ASCII).strip());
    } catch (IOException e) {
      return 0; // The interface has disappeared since.
    }
  }
}
