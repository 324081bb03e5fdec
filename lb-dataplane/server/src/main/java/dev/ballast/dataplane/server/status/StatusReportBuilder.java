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
 * What this node has to say of a program.
 *
 * @param self this node
 */
public record StatusReportBuilder(String self, Members members) {

  /** Of one that is served, and runs so. */
  public StatusReport served(
      LoadBalancerConfig config,
      VirtualServerStatus running,
      Map<InetAddress, AcquireResult> addresses) {
    return StatusReport.of(self, config, others(config), running, addresses);
  }

  /** Of one that is not served here. */
  public Optional<StatusReport> unserved(LoadBalancerConfig config) {
    return members.tellsThatAllAreExcluded(self) && !config.released()
        ? Optional.of(StatusReport.ofExclusion(self, config, members.excluded()))
        : Optional.empty();
  }

  /** A node that is no member any more says nothing that counts. */
  private List<NodeReport> others(LoadBalancerConfig config) {
    return config.others().stream().filter(report -> counts(report.name())).toList();
  }

  private boolean counts(String node) {
    return members.nodes().contains(node) || members.excluded().contains(node);
  }

  public DesiredStatus wanted(LoadBalancerConfig config, Optional<StatusReport> own) {
    return new DesiredStatus(
        config.uid(),
        own,
        departed(config),
        new DesiredStatus.ObservedStatus(
            config.version(), config.own(), config.conditionTransitions()));
  }

  private Set<String> departed(LoadBalancerConfig config) {
    return !members.nodes().isEmpty() && members.removesReports(self, config.addresses())
        ? config.reporters().stream()
            .filter(node -> !counts(node) && !node.equals(self))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }
}
