package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.dataplane.core.reachability.CheckingNode;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** What another node finds when it checks an address from outside. */
public sealed interface Reachability {

  /** The address answers {@code node}. */
  record ReachedByPeer(String node) implements Reachability {}

  /**
   * The address does not answer {@code node}.
   *
   * @param announcing the node that announces the address
   * @param firewalls the chains of the announcing node that may drop, and what to do about them
   */
  record NotReachedByPeer(
      String node, String announcing, AddressReport report, List<NodeFinding> firewalls)
      implements Reachability {}

  /** {@code node} has not checked the address yet. */
  record NotCheckedYet(String node) implements Reachability {}

  /**
   * No other node is in the subnet of the address.
   *
   * @param unknown members that have not reported their subnets
   */
  record NoPeer(SortedSet<String> unknown) implements Reachability {}

  /**
   * What is known about an address.
   *
   * @param announcing the node that announces it
   */
  static Reachability of(
      InetAddress address, String announcing, Set<String> members, Map<String, PeerNode> nodes) {
    Optional<String> checking = checkingNode(address, announcing, members, nodes);
    if (checking.isEmpty()) {
      SortedSet<String> unknown = new TreeSet<>(members);
      unknown.removeAll(nodes.keySet());
      unknown.remove(announcing);
      return new NoPeer(unknown);
    }
    String node = checking.orElseThrow();
    PeerNode.AddressChecks checks =
        Optional.ofNullable(nodes.get(node)).map(PeerNode::checks).orElse(Map.of()).get(announcing);
    if (checks == null) {
      return new NotCheckedYet(node);
    }
    AddressReport report = checks.unreachable().get(address);
    if (report != null) {
      return new NotReachedByPeer(
          node,
          announcing,
          report,
          Optional.ofNullable(nodes.get(announcing)).map(PeerNode::firewalls).orElse(List.of()));
    }
    return checks.reachable().contains(address) ? new ReachedByPeer(node) : new NotCheckedYet(node);
  }

  /** The node that has to check an address. */
  static Optional<String> checkingNode(
      InetAddress address, String announcing, Set<String> members, Map<String, PeerNode> nodes) {
    return CheckingNode.of(
        address,
        announcing,
        members,
        member -> nodes.containsKey(member) && nodes.get(member).isOnLink(address));
  }
}
