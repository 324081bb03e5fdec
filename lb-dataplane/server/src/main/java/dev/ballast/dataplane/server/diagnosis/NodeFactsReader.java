package dev.ballast.dataplane.server.diagnosis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.OnLinkInterface;
import dev.ballast.dataplane.server.announce.route.RouteLookup;
import dev.ballast.dataplane.server.firewall.FirewallVerdict;
import dev.ballast.dataplane.server.firewall.NodeFirewall;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
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
    List<OnLinkInterface> interfaces = announcer.onLinkInterfaces();
    return new NodeFacts(
        missingCapabilities(Files.readString(PROCESS_STATUS, US_ASCII)),
        lacking(),
        interfaces,
        firewalls(addresses),
        replyRoutes(addresses, interfaces),
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
      Set<InetAddress> addresses, List<OnLinkInterface> interfaces) throws IOException {
    List<NodeFacts.ReplyRoute> found = new ArrayList<>();
    try (RouteLookup lookup = RouteLookup.open()) {
      for (OnLinkInterface each : interfaces) {
        for (String subnet : each.subnets()) {
          Optional<InetAddress> address = addressIn(subnet, addresses);
          if (address.isPresent() && !isOfSeveralInterfaces(subnet, interfaces)) {
            found.add(replyRoute(each, subnet, address.orElseThrow(), lookup));
          }
        }
      }
    }
    return found;
  }

  private static NodeFacts.ReplyRoute replyRoute(
      OnLinkInterface arrives, String subnet, InetAddress address, RouteLookup lookup)
      throws IOException {
    boolean ipv4 = address instanceof Inet4Address;
    return new NodeFacts.ReplyRoute(
        CidrNotation.compressed(subnet),
        arrives.name(),
        lookup.interfaceTo(ipv4 ? REMOTE_IPV4 : REMOTE_IPV6, address),
        ipv4 && arrives.strictReversePath());
  }

  /** An address may be announced at one of them only, and the other one is not asked. */
  private static boolean isOfSeveralInterfaces(String subnet, List<OnLinkInterface> interfaces) {
    return interfaces.stream().filter(each -> each.subnets().contains(subnet)).count() > 1;
  }

  /** The lowest address of a subnet. */
  private static Optional<InetAddress> addressIn(String subnet, Set<InetAddress> addresses) {
    return Cidr.parse(subnet)
        .flatMap(
            range ->
                addresses.stream()
                    .filter(range::contains)
                    .min(Comparator.comparing(InetAddress::getHostAddress)));
  }
}
