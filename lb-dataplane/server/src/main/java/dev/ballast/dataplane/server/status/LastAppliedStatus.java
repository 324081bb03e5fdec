package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The status that this node last applied to one LoadBalancer. It follows from own writes, and from
 * the watch unless that is older than the writes.
 */
final class LastAppliedStatus {

  private Optional<StatusReport> applied = Optional.empty();
  private boolean reported;
  private final DepartedReports departedReports = new DepartedReports();
  private long resourceVersion;
  private Map<String, LoadBalancerConfig.ConditionTransition> conditionTransitions = Map.of();

  /** Updates this from the status that the watch delivered. */
  void observe(DesiredStatus desiredStatus) {
    DesiredStatus.ObservedStatus observed = desiredStatus.observed();
    departedReports.retainDeparted(desiredStatus.members());
    if (observed.resourceVersion() >= resourceVersion) {
      departedReports.observe(desiredStatus.departedNodes());
    }
    // An equal version is the own write: if that had no effect, it would be repeated forever.
    if (observed.resourceVersion() <= resourceVersion) {
      return;
    }
    reported = observed.ownReport().isPresent();
    conditionTransitions = observed.conditionTransitions();
    // A report that was changed or removed has to be written again. So has one whose conditions are
    // gone, since another node has stopped applying them. Conditions with other content stay.
    applied =
        applied.filter(
            report ->
                isUnchanged(report, observed.ownReport())
                    && report.conditions().stream()
                        .allMatch(condition -> conditionTransitions.containsKey(condition.type())));
  }

  private static boolean isUnchanged(StatusReport report, Optional<NodeReport> observed) {
    return observed.isPresent() && observed.orElseThrow().equals(report.node());
  }

  boolean differsFrom(DesiredStatus desiredStatus, long now) {
    return ownReportDiffers(desiredStatus) || !departedNodes(now).isEmpty();
  }

  boolean ownReportDiffers(DesiredStatus desiredStatus) {
    return desiredStatus.ownReport().isPresent()
        ? !desiredStatus.ownReport().equals(applied)
        : reported;
  }

  /** Whether only the health of backends differs. */
  boolean onlyHealthDiffers(DesiredStatus desiredStatus, long now) {
    return departedNodes(now).isEmpty()
        && desiredStatus.ownReport().isPresent()
        && applied.isPresent()
        && !desiredStatus.ownReport().orElseThrow().differsBeyondHealth(applied.orElseThrow());
  }

  /** The former members whose reports this node removes now. */
  Set<String> departedNodes(long now) {
    return departedReports.due(now);
  }

  /** The time until {@link #departedNodes} has a node; {@link Long#MAX_VALUE} for none. */
  long removalDelay(long now) {
    return departedReports.delay(now);
  }

  /** The transition time of each condition, if the report is written at {@code now}. */
  Map<String, String> transitionTimes(StatusReport report, Instant now) {
    Map<String, String> transitionTimes = new HashMap<>();
    for (StatusReport.ReportedCondition condition : report.conditions()) {
      LoadBalancerConfig.ConditionTransition known = conditionTransitions.get(condition.type());
      transitionTimes.put(
          condition.type(),
          known != null && known.status().equals(condition.status().toString())
              ? known.lastTransitionTime()
              : now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    return transitionTimes;
  }

  void recordApplied(
      StatusReport report, Map<String, String> transitionTimes, long resourceVersion) {
    applied = Optional.of(report);
    reported = true;
    this.resourceVersion = resourceVersion;
    Map<String, LoadBalancerConfig.ConditionTransition> now = new HashMap<>();
    report
        .conditions()
        .forEach(
            condition ->
                now.put(
                    condition.type(),
                    new LoadBalancerConfig.ConditionTransition(
                        condition.status().toString(),
                        transitionTimes.getOrDefault(condition.type(), ""))));
    conditionTransitions = now;
  }

  void recordOwnRemoved(long resourceVersion) {
    applied = Optional.empty();
    reported = false;
    this.resourceVersion = resourceVersion;
  }

  void recordDepartedRemoved(String node, long resourceVersion, long now) {
    departedReports.removed(node, now);
    this.resourceVersion = Math.max(resourceVersion, this.resourceVersion);
  }
}
