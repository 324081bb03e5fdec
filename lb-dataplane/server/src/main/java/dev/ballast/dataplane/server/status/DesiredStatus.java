package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the status of one LoadBalancer should have of this node.
 *
 * @param own this node's report; empty: none
 * @param departed nodes whose reports this node has to remove
 * @param observed what the watch last saw
 */
record DesiredStatus(
    String uid, Optional<StatusReport> own, Set<String> departed, ObservedStatus observed) {

  /** A status at a version: this node's report in it, and the conditions' transitions. */
  record ObservedStatus(
      long version,
      Optional<NodeReport> own,
      Map<String, LoadBalancerConfig.ConditionTransition> conditionTransitions) {}

  DesiredStatus withoutOwn() {
    return new DesiredStatus(uid, Optional.empty(), Set.of(), observed);
  }
}
