package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.api.v1alpha1.LoadBalancerNodeStatus;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeInterface;
import dev.ballast.api.v1alpha1.PeerChecks;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.source.Cidr;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the data plane uses of a LoadBalancerNode, its own or another one.
 *
 * @param subnets of the interfaces that can announce addresses
 * @param checks what the node has found about the addresses of each other node
 * @param firewalls the chains of the node that may drop, and what to do about them
 */
public record PeerNode(
    String name,
    List<Cidr> subnets,
    Map<String, AddressChecks> checks,
    List<NodeFinding> firewalls) {

  /** The reason of the finding that a firewall may drop. */
  public static final String FIREWALL = "FirewallMayDrop";

  /** The addresses of one node that answer, and those that do not. */
  public record AddressChecks(
      Set<InetAddress> reachable, Map<InetAddress, AddressReport> unreachable) {}

  /** Entries that cannot be parsed are left out: a node of a newer version may have them. */
  static PeerNode parse(LoadBalancerNode object) {
    LoadBalancerNodeStatus status = object.getStatus();
    String name = object.getMetadata().getName();
    if (status == null) {
      return new PeerNode(name, List.of(), Map.of(), List.of());
    }
    Map<String, AddressChecks> checks = new HashMap<>();
    status.checks().forEach(entry -> checks.put(entry.node(), checks(entry)));
    return new PeerNode(
        name,
        status.interfaces().stream()
            .map(NodeInterface::subnets)
            .flatMap(List::stream)
            .flatMap(subnet -> Cidr.parse(subnet).stream())
            .toList(),
        Map.copyOf(checks),
        status.findings().stream().filter(it -> it.reason().equals(FIREWALL)).toList());
  }

  private static AddressChecks checks(PeerChecks entry) {
    Set<InetAddress> reachable = new HashSet<>();
    Map<InetAddress, AddressReport> unreachable = new HashMap<>();
    entry
        .reachable()
        .forEach(text -> LoadBalancerConfigParser.reportedAddress(text).ifPresent(reachable::add));
    entry
        .unreachable()
        .forEach(
            report ->
                LoadBalancerConfigParser.reportedAddress(report.address())
                    .ifPresent(address -> unreachable.put(address, report)));
    return new AddressChecks(Set.copyOf(reachable), Map.copyOf(unreachable));
  }

  /**
   * What the node has found about an address; empty if it has not checked it.
   *
   * @param announcing the node that announced the address then
   */
  public Optional<CheckResult> resultOf(InetAddress address, String announcing) {
    AddressChecks found = checks.get(announcing);
    if (found == null) {
      return Optional.empty();
    }
    if (found.reachable().contains(address)) {
      return Optional.of(new CheckResult.Reached());
    }
    return Optional.ofNullable(found.unreachable().get(address))
        .flatMap(report -> CheckResult.Cause.find(report.reason()))
        .map(CheckResult.NotReached::new);
  }

  /** Whether an interface of the node is in the subnet of the address. */
  public boolean isOnLink(InetAddress address) {
    return subnets.stream().anyMatch(subnet -> subnet.contains(address));
  }

  /** How many addresses of a node do not answer one of the others, each counted once for each. */
  public static long unreachable(String node, Set<String> members, Collection<PeerNode> nodes) {
    return nodes.stream()
        .filter(other -> members.contains(other.name()))
        .flatMap(other -> Optional.ofNullable(other.checks().get(node)).stream())
        .mapToLong(checks -> checks.unreachable().size())
        .sum();
  }
}
