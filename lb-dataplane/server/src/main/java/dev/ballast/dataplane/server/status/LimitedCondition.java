package dev.ballast.dataplane.server.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.status.StatusReport.ReportedCondition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The condition of a LoadBalancer of which nodes reject connections. Present only while one does,
 * so that most load balancers have less to read.
 */
final class LimitedCondition {

  static Optional<ReportedCondition> of(List<NodeReport> reports) {
    Map<String, SortedSet<String>> nodesByReason = new TreeMap<>();
    for (NodeReport report : reports) {
      for (String reason : report.rejecting()) {
        nodesByReason.computeIfAbsent(reason, first -> new TreeSet<>()).add(report.name());
      }
    }
    if (nodesByReason.isEmpty()) {
      return Optional.empty();
    }
    String reason =
        nodesByReason.size() == 1
            ? nodesByReason.keySet().iterator().next()
            : LoadBalancerReason.SEVERAL_LIMITS.reason();
    String message =
        nodesByReason.entrySet().stream()
            .map(rejection -> message(rejection.getKey(), rejection.getValue()))
            .collect(joining(" "));
    return Optional.of(ReportedCondition.met(LoadBalancerConditionType.LIMITED, reason, message));
  }

  private static String message(String reason, SortedSet<String> nodes) {
    String rejects =
        (nodes.size() == 1 ? "Node %s rejects" : "Nodes %s reject")
                .formatted(String.join(", ", nodes))
            + " new connections.";
    String why =
        LoadBalancerReason.find(LoadBalancerConditionType.LIMITED, reason)
            .map(known -> known.meaning() + " " + known.remedy())
            .orElseGet(
                () ->
                    "The reason is %s. Update the data plane of the other nodes, which do not know it."
                        .formatted(reason));
    return rejects + " " + why;
  }

  private LimitedCondition() {}
}
