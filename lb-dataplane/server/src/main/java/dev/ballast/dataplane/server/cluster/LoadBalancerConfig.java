package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The fields of a LoadBalancer that the data plane uses.
 *
 * @param uid distinguishes it from an earlier LoadBalancer of the same name
 * @param serviceUid of its Service; empty if it names no owner
 * @param resourceVersion only grows
 * @param terminating it is being deleted, and no node may serve it any more
 * @param frontends without endpoints, which come from EndpointSlices
 * @param problems the parts of the spec that cannot be served, as messages for a person
 * @param ownReport this node's report in the status
 * @param otherReports summaries of the reports of other nodes that serve the Service; empty if it
 *     has one address, since only one node serves it then
 * @param announcedByNode the announced addresses of each node with a report in the status, with the
 *     epoch of its claim; 0 from a node of an older version
 * @param tcpPorts a TCP port that each node listens on and has healthy backends for; nodes without
 *     one are left out
 * @param offLinkNodes the nodes that report for an address that none of their interfaces is in its
 *     subnet, or that they cannot announce it; addresses without any are left out
 * @param announcedGeneration the generation at which all addresses were announced, by the status;
 *     0: none
 * @param conditionTransitions the latest transition of each condition type
 */
public record LoadBalancerConfig(
    ServiceKey id,
    String uid,
    Optional<String> serviceUid,
    long resourceVersion,
    long generation,
    boolean terminating,
    List<InetAddress> addresses,
    List<Frontend> frontends,
    ConnectionPolicy policy,
    List<String> problems,
    Optional<NodeReport> ownReport,
    List<NodeReport> otherReports,
    Map<String, Map<InetAddress, Long>> announcedByNode,
    Map<String, Integer> tcpPorts,
    Map<InetAddress, Set<String>> offLinkNodes,
    long announcedGeneration,
    Map<String, ConditionTransition> conditionTransitions) {

  /** The names of all nodes with a report in the status. */
  public Set<String> reportingNodes() {
    return announcedByNode.keySet();
  }

  /** The nodes that report that they announce the address. */
  public Set<String> announcingNodes(InetAddress address) {
    return announcedByNode.entrySet().stream()
        .filter(node -> node.getValue().containsKey(address))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The epoch that each node claims the address with, by its report. */
  public Map<String, Long> claims(InetAddress address) {
    Map<String, Long> epochs = new HashMap<>();
    announcedByNode.forEach(
        (node, announced) -> {
          Long epoch = announced.get(address);
          if (epoch != null) {
            epochs.put(node, epoch);
          }
        });
    return epochs;
  }

  /** The nodes that report that none of their interfaces is in the subnet of the address. */
  public Set<String> offLinkNodes(InetAddress address) {
    return offLinkNodes.getOrDefault(address, Set.of());
  }

  /**
   * Whether a node has announced the address, by the status. If so, no probe is needed before
   * another node announces it, and a probe could find the node that is about to release it.
   */
  public boolean wasAnnounced(InetAddress address) {
    return announcedGeneration >= generation || !announcingNodes(address).isEmpty();
  }

  /** The status of a condition, and the time when it changed. */
  public record ConditionTransition(String status, String lastTransitionTime) {}
}
