package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Builds this node's report on a LoadBalancer, and the status it should have.
 *
 * @param self the name of this node
 */
public record StatusReportBuilder(String self, Members members) {

  /** For a LoadBalancer that this node serves. */
  public StatusReport forServed(
      LoadBalancerConfig config,
      VirtualServerStatus status,
      Map<InetAddress, AcquireResult> acquireResults) {
    return StatusReport.of(self, config, otherReports(config), status, acquireResults);
  }

  /** For a LoadBalancer that this node does not serve. */
  public Optional<StatusReport> forUnserved(LoadBalancerConfig config) {
    return members.reportsAllExcluded(self) && !config.terminating()
        ? Optional.of(StatusReport.ofExclusion(self, config, members.excluded()))
        : Optional.empty();
  }

  /** Without the reports of former members. */
  private List<NodeReport> otherReports(LoadBalancerConfig config) {
    return config.otherReports().stream().filter(report -> isEligible(report.name())).toList();
  }

  private boolean isEligible(String node) {
    return members.nodes().contains(node) || members.excluded().contains(node);
  }

  public DesiredStatus desiredStatus(LoadBalancerConfig config, Optional<StatusReport> ownReport) {
    return new DesiredStatus(
        config.uid(),
        ownReport,
        departedNodes(config),
        new DesiredStatus.ObservedStatus(
            config.resourceVersion(), config.ownReport(), config.conditionTransitions()));
  }

  private Set<String> departedNodes(LoadBalancerConfig config) {
    return !members.nodes().isEmpty() && members.removesStaleReports(self, config.addresses())
        ? config.reportingNodes().stream()
            .filter(node -> !isEligible(node) && !node.equals(self))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }
}
