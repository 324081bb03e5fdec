package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Steering by the program {@code nft}, in the namespace of the calling thread. */
final class NftProgramSteering implements Steering {

  private final Set<InetAddress> addresses = new HashSet<>();
  private final Map<Binding, FrontendVerdict> frontends = new HashMap<>();
  private @Nullable PrivateListeners listeners;

  PrivateListeners listeners() {
    return java.util.Objects.requireNonNull(listeners);
  }

  @Override
  public synchronized SteeringMode start(PrivateListeners at) {
    listeners = at;
    load();
    return mode();
  }

  @Override
  public SteeringMode mode() {
    return SteeringMode.TPROXY;
  }

  @Override
  public synchronized void addAddress(InetAddress address) {
    if (addresses.add(address)) {
      load();
    }
  }

  @Override
  public synchronized void removeAddress(InetAddress address) {
    addresses.remove(address);
    load();
  }

  @Override
  public synchronized void apply(FrontendChanges changes) {
    frontends.putAll(changes.set());
    frontends.keySet().removeAll(changes.removed());
    load();
  }

  @Override
  public void close() {}

  private void load() {
    String steer4 =
        steer(
            4,
            "ip",
            PrivateListeners.IPV4,
            listeners().tcpIpv4().orElseThrow(),
            listeners().udpIpv4().orElseThrow());
    String steer6 =
        steer(
            6,
            "ip6",
            "[" + PrivateListeners.IPV6 + "]",
            listeners().tcpIpv6().orElseThrow(),
            listeners().udpIpv6().orElseThrow());
    ThreadNamespace.run(
        """
        add table inet ballast
        delete table inet ballast
        table inet ballast {
          %s
          chain raw_prerouting { type filter hook prerouting priority raw
            ip daddr . meta l4proto . th dport @frontends4 notrack
            ip6 daddr . meta l4proto . th dport @frontends6 notrack
          }
          chain raw_output { type filter hook output priority raw
            ip saddr . meta l4proto . th sport @frontends4 notrack
            ip6 saddr . meta l4proto . th sport @frontends6 notrack
          }
          %s
          %s
          chain prerouting { type filter hook prerouting priority mangle
            ip daddr @addresses4 goto steer4
            ip6 daddr @addresses6 goto steer6
          }
        }
        """
            .formatted(sets(4, true) + sets(6, false), steer4, steer6),
        "nft",
        "-f",
        "-");
  }

  private static String steer(int version, String family, String to, int tcp, int udp) {
    return """
      chain steer%1$d {
        meta l4proto tcp %2$s daddr . meta l4proto . th dport @accepting%1$d tproxy %2$s to %3$s:%4$d accept
        meta l4proto udp %2$s daddr . meta l4proto . th dport @accepting%1$d tproxy %2$s to %3$s:%5$d accept
        tcp flags & (fin|syn|rst|ack) != syn %2$s daddr . meta l4proto . th dport @frontends%1$d accept
        meta l4proto { icmp, icmpv6 } accept
        meta l4proto tcp reject with tcp reset
        reject
      }
      """
        .formatted(version, family, to, tcp, udp);
  }

  private String sets(int version, boolean ipv4) {
    String address = "ipv" + version + "_addr";
    String frontend = address + " . inet_proto . inet_service";
    return set(
            "addresses" + version,
            address,
            addresses.stream()
                .filter(each -> each instanceof Inet4Address == ipv4)
                .map(InetAddress::getHostAddress)
                .collect(Collectors.joining(", ")))
        + set("frontends" + version, frontend, elements(ipv4, Set.of(FrontendVerdict.values())))
        + set("accepting" + version, frontend, elements(ipv4, Set.of(FrontendVerdict.ACCEPT)));
  }

  private String elements(boolean ipv4, Set<FrontendVerdict> verdicts) {
    return frontends.entrySet().stream()
        .filter(each -> verdicts.contains(each.getValue()))
        .map(Map.Entry::getKey)
        .filter(each -> each.address() instanceof Inet4Address == ipv4)
        .map(
            each ->
                each.address().getHostAddress()
                    + " . "
                    + each.protocol().name().toLowerCase(java.util.Locale.ROOT)
                    + " . "
                    + each.port())
        .collect(Collectors.joining(", "));
  }

  private static String set(String name, String type, String elements) {
    String filled = elements.isEmpty() ? "" : "elements = { " + elements + " }\n";
    return "set " + name + " {\n type " + type + "\n" + filled + "}\n";
  }
}
