package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.NodeReport;
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
final class Ledger {

  private Optional<Report> written = Optional.empty();
  private boolean reported;
  private Set<String> departed = Set.of();
  private long version;
  private Map<String, Program.Transition> transitions = Map.of();

  /** Takes in what the watch saw and what it makes of the departed nodes. */
  void observe(Wanted wanted) {
    Wanted.Observed observed = wanted.observed();
    // The write's own version is no news either: had it no effect, it would be repeated for ever.
    if (observed.version() <= version) {
      return;
    }
    reported = observed.own().isPresent();
    departed = wanted.departed();
    transitions = observed.transitions();
    // Somebody changed or removed the report: it has to be written again. So it has when conditions
    // are gone: a node that said them too has stopped. One that says them otherwise is left alone.
    written =
        written.filter(
            report ->
                isNode(report, observed.own())
                    && report.verdicts().stream()
                        .allMatch(verdict -> transitions.containsKey(verdict.type())));
  }

  private static boolean isNode(Report report, Optional<NodeReport> observed) {
    return observed.isPresent() && observed.orElseThrow().equals(report.node());
  }

  boolean lacks(Wanted wanted) {
    return lacksOwn(wanted) || !departed.isEmpty();
  }

  boolean lacksOwn(Wanted wanted) {
    return wanted.own().isPresent() ? !wanted.own().equals(written) : reported;
  }

  /** Whether nothing but the health of backends is not yet written. */
  boolean lacksHealthOnly(Wanted wanted) {
    return departed.isEmpty()
        && wanted.own().isPresent()
        && written.isPresent()
        && !wanted.own().orElseThrow().differsBeyondHealth(written.orElseThrow());
  }

  Set<String> departed() {
    return departed;
  }

  /** The time of each condition's last transition, if the report is written at {@code now}. */
  Map<String, String> since(Report report, Instant now) {
    Map<String, String> since = new HashMap<>();
    for (Report.Verdict verdict : report.verdicts()) {
      Program.Transition known = transitions.get(verdict.type());
      since.put(
          verdict.type(),
          known != null && known.status().equals(verdict.text())
              ? known.since()
              : now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    return since;
  }

  void wrote(Report report, Map<String, String> since, long version) {
    written = Optional.of(report);
    reported = true;
    this.version = version;
    Map<String, Program.Transition> now = new HashMap<>();
    report
        .verdicts()
        .forEach(
            verdict ->
                now.put(
                    verdict.type(),
                    new Program.Transition(
                        verdict.text(), since.getOrDefault(verdict.type(), ""))));
    transitions = now;
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
