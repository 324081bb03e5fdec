package dev.ballast.dataplane.server.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.diagnosis.FirewallMessages;
import dev.ballast.dataplane.server.status.StatusReport.ReportedCondition;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.BiFunction;

/** What other nodes find when they check the addresses of a LoadBalancer from outside. */
record ReachableCondition(Map<String, Reachability> byAddress) {

  /**
   * The addresses that a node announces. The others have no result. Nor has one that another
   * machine uses too: that machine may be the one that answers, and the condition Conflict says so.
   *
   * @param reachability of an address that a node announces
   */
  static ReachableCondition of(
      List<InetAddress> addresses,
      List<NodeReport> reports,
      BiFunction<InetAddress, String, Reachability> reachability) {
    Map<String, Reachability> byAddress = new LinkedHashMap<>();
    for (InetAddress address : addresses) {
      String text = NetUtil.toAddressString(address);
      if (isInConflict(text, reports)) {
        continue;
      }
      reports.stream()
          .filter(report -> report.announcing().contains(text))
          .map(NodeReport::name)
          .sorted()
          .findFirst()
          .ifPresent(node -> byAddress.put(text, reachability.apply(address, node)));
    }
    return new ReachableCondition(byAddress);
  }

  private static boolean isInConflict(String address, List<NodeReport> reports) {
    return reports.stream()
        .flatMap(report -> report.conflicts().stream())
        .anyMatch(conflict -> conflict.address().equals(address));
  }

  /** Why nodes do not reach addresses, and what to do. Empty if they reach all that they check. */
  Optional<String> unreachable() {
    String messages = messages(Reachability.NotReachedByPeer.class);
    return messages.isEmpty() ? Optional.empty() : Optional.of(messages);
  }

  /** Empty while no node announces an address. The worst result decides. */
  Optional<ReportedCondition> condition() {
    if (byAddress.isEmpty()) {
      return Optional.empty();
    }
    if (has(Reachability.NotReachedByPeer.class)) {
      return condition(LoadBalancerReason.PEER_GETS_NO_ANSWER, Reachability.NotReachedByPeer.class);
    }
    if (has(Reachability.NotCheckedYet.class)) {
      return condition(LoadBalancerReason.NOT_CHECKED_YET, Reachability.NotCheckedYet.class);
    }
    return has(Reachability.NoPeer.class)
        ? condition(LoadBalancerReason.NO_PEER, Reachability.NoPeer.class)
        : condition(LoadBalancerReason.PEER_REACHES, Reachability.ReachedByPeer.class);
  }

  private boolean has(Class<? extends Reachability> type) {
    return byAddress.values().stream().anyMatch(type::isInstance);
  }

  private Optional<ReportedCondition> condition(
      LoadBalancerReason reason, Class<? extends Reachability> type) {
    return Optional.of(ReportedCondition.of(reason, messages(type)));
  }

  private String messages(Class<? extends Reachability> type) {
    return byAddress.entrySet().stream()
        .filter(entry -> type.isInstance(entry.getValue()))
        .map(entry -> message(entry.getKey(), entry.getValue()))
        .collect(joining(" "));
  }

  private static String message(String address, Reachability reachability) {
    return switch (reachability) {
      case Reachability.ReachedByPeer(String node) ->
          "Node %s reaches %s.".formatted(node, address);
      case Reachability.NotReachedByPeer(
              String _,
              String announcing,
              AddressReport report,
              List<NodeFinding> firewalls) ->
          report.message()
              + firewalls.stream().map(it -> firewall(it, announcing, address)).collect(joining());
      case Reachability.NotCheckedYet(String node) ->
          "Node %s has not checked %s yet.".formatted(node, address);
      case Reachability.NoPeer(SortedSet<String> unknown) ->
          unknown.isEmpty()
              ? "No other node is in the network of %s, so none checks it from outside."
                  .formatted(address)
              : "No other node is known to be in the network of %s. %s of them, such as %s, have no LoadBalancerNode yet."
                  .formatted(address, unknown.size(), unknown.first());
    };
  }

  private static String firewall(NodeFinding finding, String node, String address) {
    return " Node %s: %s %s"
        .formatted(
            node, finding.message(), FirewallMessages.forAddress(finding.remedy(), node, address));
  }
}
