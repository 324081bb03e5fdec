package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The desired status of one LoadBalancer, as far as this node writes it.
 *
 * @param ownReport the report of this node; empty: none
 * @param members the nodes whose reports stay
 * @param departedNodes former members whose reports this node removes
 * @param observed the status that the watch delivered last
 */
record DesiredStatus(
    String uid,
    Optional<StatusReport> ownReport,
    Set<String> members,
    Set<String> departedNodes,
    ObservedStatus observed) {

  /** A status at a resourceVersion: this node's report, and the transitions of conditions. */
  record ObservedStatus(
      long resourceVersion,
      Optional<NodeReport> ownReport,
      Map<String, LoadBalancerConfig.ConditionTransition> conditionTransitions) {}

  DesiredStatus withoutOwnReport() {
    return new DesiredStatus(uid, Optional.empty(), members, Set.of(), observed);
  }
}
