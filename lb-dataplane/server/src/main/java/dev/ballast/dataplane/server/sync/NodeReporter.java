package dev.ballast.dataplane.server.sync;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerNodeStatus;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeInterface;
import dev.ballast.api.v1alpha1.PeerChecks;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.ClusterState;
import dev.ballast.dataplane.server.diagnosis.CidrNotation;
import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.diagnosis.FindingReason;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.status.NodeStatusWriter;
import dev.ballast.dataplane.server.status.PeerCheckMessages;
import dev.ballast.dataplane.server.steering.SteeringMode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.NetUtil;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports on this node itself: its LoadBalancerNode. Only the process that serves the node reports.
 * One thread calls it every few seconds.
 */
final class NodeReporter {

  private static final Logger log = LoggerFactory.getLogger(NodeReporter.class);

  private final String self;
  private final ClusterState cluster;
  private final Announcer announcer;
  private final NodeStatusWriter writer;
  private final BooleanSupplier active;
  private final Sources sources;
  private final String version;
  private volatile Set<FindingReason> reasons = Set.of();
  private boolean wasActive;
  private volatile boolean stopped;

  /**
   * What the report takes from other threads.
   *
   * @param steering the mode of the node
   * @param findings what is wrong with the node
   * @param checks what this node finds about the addresses of others
   */
  record Sources(
      Supplier<SteeringMode> steering,
      Supplier<List<Finding>> findings,
      Supplier<Map<CheckTarget, CheckResult>> checks) {}

  NodeReporter(
      String self,
      String version,
      ClusterState cluster,
      Announcer announcer,
      NodeStatusWriter writer,
      BooleanSupplier active,
      Sources sources,
      MeterRegistry metrics) {
    this.self = self;
    this.version = version;
    this.cluster = cluster;
    this.announcer = announcer;
    this.writer = writer;
    this.active = active;
    this.sources = sources;
    for (FindingReason reason : FindingReason.values()) {
      Gauge.builder(NodeMetric.NODE_FINDINGS.meterName(), () -> reasons.contains(reason) ? 1 : 0)
          .description(NodeMetric.NODE_FINDINGS.meaning())
          .tag("reason", reason.reason())
          .register(metrics);
    }
  }

  synchronized void report() {
    try {
      boolean now = active.getAsBoolean();
      if (now && !wasActive) {
        writer.forget();
      }
      wasActive = now;
      if (!now) {
        reasons = Set.of();
      } else if (!stopped) {
        writer.write(status(), cluster.peerNodes().containsKey(self), cluster.nodeUid());
      }
    } catch (RuntimeException e) {
      if (!stopped) {
        log.atError().setCause(e).log("The report on this node failed");
      }
    }
  }

  /** Reports nothing more. The client may be closed after it. */
  void stop() {
    stopped = true;
  }

  /** Deletes the report. Call {@link #stop} first. */
  synchronized void delete() {
    writer.delete();
  }

  private LoadBalancerNodeStatus status() {
    List<String> addresses =
        announcer.acquired().stream().map(NetUtil::toAddressString).sorted().toList();
    return new LoadBalancerNodeStatus(
        version,
        sources.steering().get().toString(),
        addresses.size(),
        addresses,
        announcer.onLinkInterfaces().stream()
            .map(
                each ->
                    new NodeInterface(
                        each.name(),
                        each.subnets().stream().map(CidrNotation::compressed).toList()))
            .toList(),
        cluster.terminatingPods(),
        findings(),
        checks(self, sources.checks().get()));
  }

  private List<NodeFinding> findings() {
    List<Finding> found = sources.findings().get();
    reasons = found.stream().map(Finding::reason).collect(Collectors.toUnmodifiableSet());
    return found.stream()
        .map(it -> new NodeFinding(it.reason().reason(), it.message(), it.remedy()))
        .toList();
  }

  /** One entry for each node with a result. Equal results make equal lists. */
  static List<PeerChecks> checks(String self, Map<CheckTarget, CheckResult> results) {
    SortedMap<String, SortedSet<String>> reachable = new TreeMap<>();
    SortedMap<String, SortedMap<String, AddressReport>> unreachable = new TreeMap<>();
    results.forEach(
        (target, result) -> {
          String address = NetUtil.toAddressString(target.address());
          switch (result) {
            case CheckResult.Reached() ->
                reachable.computeIfAbsent(target.node(), node -> new TreeSet<>()).add(address);
            case CheckResult.NotReached(CheckResult.Cause cause) ->
                unreachable
                    .computeIfAbsent(target.node(), node -> new TreeMap<>())
                    .put(address, PeerCheckMessages.unreachable(self, target, cause));
            case CheckResult.CheckSkipped() -> {}
          }
        });
    SortedSet<String> nodes = new TreeSet<>(reachable.keySet());
    nodes.addAll(unreachable.keySet());
    return nodes.stream()
        .map(
            node ->
                new PeerChecks(
                    node,
                    List.copyOf(reachable.getOrDefault(node, Collections.emptySortedSet())),
                    List.copyOf(
                        unreachable.getOrDefault(node, Collections.emptySortedMap()).values())))
        .toList();
  }
}
