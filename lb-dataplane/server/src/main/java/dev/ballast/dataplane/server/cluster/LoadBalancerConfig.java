package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A LoadBalancer, as far as a node has to remember it.
 *
 * @param uid tells a LoadBalancer from an earlier one of the same name
 * @param version its resourceVersion, which only grows
 * @param released it is being deleted: nobody may serve it any more
 * @param frontends without endpoints, which come from EndpointSlices
 * @param problems what of the spec cannot be served, for a person
 * @param own this node's report in the status
 * @param others those of other nodes, in essence; where the Service has one address, none: only one
 *     node is to report then
 * @param announcing by each node with a report in the status: what it answers for
 * @param announcedAt the generation at which all its addresses were announced, as the status says;
 *     0: none
 * @param conditionTransitions per condition type its status and since when
 */
public record LoadBalancerConfig(
    ServiceKey id,
    String uid,
    long version,
    long generation,
    boolean released,
    List<InetAddress> addresses,
    List<Frontend> frontends,
    ConnectionPolicy policy,
    List<String> problems,
    Optional<NodeReport> own,
    List<NodeReport> others,
    Map<String, Set<InetAddress>> announcing,
    long announcedAt,
    Map<String, ConditionTransition> conditionTransitions) {

  /** The names of all nodes with a report in the status. */
  public Set<String> reporters() {
    return announcing.keySet();
  }

  /** The nodes that say that they answer for the address. */
  public Set<String> announcers(InetAddress address) {
    return announcing.entrySet().stream()
        .filter(node -> node.getValue().contains(address))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Whether a node has answered for the address, as far as the status says: if it has, the LAN need
   * not be asked before another one does, and might name the one that is about to let go.
   */
  public boolean wasAnnounced(InetAddress address) {
    return announcedAt >= generation || !announcers(address).isEmpty();
  }

  /** A condition's status, and the time stamp since when it has it. */
  public record ConditionTransition(String status, String since) {}
}
