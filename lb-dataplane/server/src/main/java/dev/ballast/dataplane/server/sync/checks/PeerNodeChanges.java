package dev.ballast.dataplane.server.sync.checks;

import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.cluster.PeerNode;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What has changed about the nodes since the last reconciliation, as far as it matters to this one.
 */
public record PeerNodeChanges(Map<String, PeerNode> before, Map<String, PeerNode> now) {

  private static final PeerNode.AddressChecks NONE = new PeerNode.AddressChecks(Set.of(), Map.of());

  /** Whether another node may have to check an address now. */
  public boolean subnetsDiffer() {
    return !subnets(before).equals(subnets(now));
  }

  private static Map<String, List<Cidr>> subnets(Map<String, PeerNode> nodes) {
    // A new LoadBalancerNode has no status yet.
    return nodes.values().stream()
        .filter(node -> !node.subnets().isEmpty())
        .collect(Collectors.toMap(PeerNode::name, PeerNode::subnets));
  }

  /** The nodes whose firewall is another one than before. */
  public Set<String> nodesWithOtherFirewall() {
    return now.keySet().stream()
        .filter(node -> !firewalls(before, node).equals(firewalls(now, node)))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The addresses about which a node has found something new. */
  public Set<InetAddress> checkedAddresses() {
    Set<InetAddress> changed = new HashSet<>();
    Set<String> otherFirewall = nodesWithOtherFirewall();
    Set<String> nodes = new HashSet<>(before.keySet());
    nodes.addAll(now.keySet());
    for (String node : nodes) {
      Map<String, PeerNode.AddressChecks> old = checks(before, node);
      Map<String, PeerNode.AddressChecks> current = checks(now, node);
      Set<String> announcing = new HashSet<>(old.keySet());
      announcing.addAll(current.keySet());
      for (String each : announcing) {
        PeerNode.AddressChecks found = current.getOrDefault(each, NONE);
        addDifference(old.getOrDefault(each, NONE), found, changed);
        if (otherFirewall.contains(each)) {
          changed.addAll(found.unreachable().keySet());
        }
      }
    }
    return changed;
  }

  private static Map<String, PeerNode.AddressChecks> checks(
      Map<String, PeerNode> nodes, String node) {
    return Optional.ofNullable(nodes.get(node)).map(PeerNode::checks).orElse(Map.of());
  }

  private static void addDifference(
      PeerNode.AddressChecks old, PeerNode.AddressChecks current, Set<InetAddress> to) {
    if (old.equals(current)) {
      return;
    }
    addDifference(old.reachable(), current.reachable(), to);
    addDifference(old.unreachable().keySet(), current.unreachable().keySet(), to);
    current.unreachable().entrySet().stream()
        .filter(entry -> !entry.getValue().equals(old.unreachable().get(entry.getKey())))
        .forEach(entry -> to.add(entry.getKey()));
  }

  private static List<NodeFinding> firewalls(Map<String, PeerNode> nodes, String node) {
    return Optional.ofNullable(nodes.get(node)).map(PeerNode::firewalls).orElse(List.of());
  }

  private static void addDifference(
      Set<InetAddress> old, Set<InetAddress> current, Set<InetAddress> to) {
    old.stream().filter(address -> !current.contains(address)).forEach(to::add);
    current.stream().filter(address -> !old.contains(address)).forEach(to::add);
  }
}
