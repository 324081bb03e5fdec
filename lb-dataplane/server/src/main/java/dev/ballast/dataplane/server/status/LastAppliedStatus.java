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
 * What the status of one LoadBalancer has of this node, as far as is known: from own writes, and
 * from the watch unless it is still behind those.
 */
final class LastAppliedStatus {

  private Optional<StatusReport> written = Optional.empty();
  private boolean reported;
  private Set<String> departed = Set.of();
  private long version;
  private Map<String, LoadBalancerConfig.ConditionTransition> conditionTransitions = Map.of();

  /** Takes in what the watch saw and what it makes of the departed nodes. */
  void observe(DesiredStatus desiredStatus) {
    DesiredStatus.ObservedStatus observed = desiredStatus.observed();
    // The write's own version is no news either: had it no effect, it would be repeated for ever.
    if (observed.version() <= version) {
      return;
    }
    reported = observed.own().isPresent();
    departed = desiredStatus.departed();
    conditionTransitions = observed.conditionTransitions();
    // Somebody changed or removed the report: it has to be written again. So it has when conditions
    // are gone: a node that said them too has stopped. One that says them otherwise is left alone.
    written =
        written.filter(
            report ->
                isNode(report, observed.own())
                    && report.conditions().stream()
                        .allMatch(condition -> conditionTransitions.containsKey(condition.type())));
  }

  private static boolean isNode(StatusReport report, Optional<NodeReport> observed) {
    return observed.isPresent() && observed.orElseThrow().equals(report.node());
  }

  boolean lacks(DesiredStatus desiredStatus) {
    return lacksOwn(desiredStatus) || !departed.isEmpty();
  }

  boolean lacksOwn(DesiredStatus desiredStatus) {
    return desiredStatus.own().isPresent() ? !desiredStatus.own().equals(written) : reported;
  }

  /** Whether nothing but the health of backends is not yet written. */
  boolean lacksHealthOnly(DesiredStatus desiredStatus) {
    return departed.isEmpty()
        && desiredStatus.own().isPresent()
        && written.isPresent()
        && !desiredStatus.own().orElseThrow().differsBeyondHealth(written.orElseThrow());
  }

  Set<String> departed() {
    return departed;
  }

  /** The time of each condition's last transition, if the report is written at {@code now}. */
  Map<String, String> since(StatusReport report, Instant now) {
    Map<String, String> since = new HashMap<>();
    for (StatusReport.ReportedCondition condition : report.conditions()) {
      LoadBalancerConfig.ConditionTransition known = conditionTransitions.get(condition.type());
      since.put(
          condition.type(),
          known != null && known.status().equals(condition.text())
              ? known.since()
              : now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    return since;
  }

  void wrote(StatusReport report, Map<String, String> since, long version) {
    written = Optional.of(report);
    reported = true;
    this.version = version;
    Map<String, LoadBalancerConfig.ConditionTransition> now = new HashMap<>();
    report
        .conditions()
        .forEach(
            condition ->
                now.put(
                    condition.type(),
                    new LoadBalancerConfig.ConditionTransition(
                        condition.text(), since.getOrDefault(condition.type(), ""))));
    conditionTransitions = now;
  }

  void removedOwn(long version) {
    written = Optional.empty();
    reported = false;
    this.version = version;
  }

  void removedDeparted(long version) {
    departed = Set.of();
    this.version = Math.max(version, this.version);
  }
}
