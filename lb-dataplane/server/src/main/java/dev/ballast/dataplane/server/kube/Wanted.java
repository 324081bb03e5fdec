package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.NodeReport;
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
record Wanted(String uid, Optional<Report> own, Set<String> departed, Observed observed) {

  /** A status at a version: this node's report in it, and the conditions' transitions. */
  record Observed(
      long version, Optional<NodeReport> own, Map<String, Program.Transition> transitions) {}

  Wanted withoutOwn() {
    return new Wanted(uid, Optional.empty(), Set.of(), observed);
  }
}
