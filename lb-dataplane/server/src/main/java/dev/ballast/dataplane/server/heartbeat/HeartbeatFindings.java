package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.diagnosis.FindingLog;
import dev.ballast.dataplane.server.diagnosis.FindingReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is wrong with the heartbeats, as findings. Logs each once. One thread uses it. */
final class HeartbeatFindings {

  private static final Logger log = LoggerFactory.getLogger(HeartbeatFindings.class);

  /** The operator may be installed after the data plane, and create the key then. */
  private static final Duration KEY_GRACE = Duration.ofMinutes(2);

  private final LongSupplier nanoTime;
  private Optional<Long> withoutKeySince = Optional.empty();
  private final FindingLog findingLog = new FindingLog(log);

  HeartbeatFindings(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * The findings, the gravest first.
   *
   * @param enabled whether this node should have a key
   * @param faults of nodes that the API server considers alive, sorted
   */
  List<Finding> update(boolean enabled, boolean hasKey, Map<String, PeerFault> faults) {
    List<Finding> findings = new ArrayList<>();
    withoutKeySince =
        hasKey || !enabled
            ? Optional.empty()
            : withoutKeySince.or(() -> Optional.of(nanoTime.getAsLong()));
    addFault(findings, FindingReason.HEARTBEATS_BLOCKED, PeerFault.UNHEARD, faults);
    addFault(findings, FindingReason.HEARTBEAT_KEY_DIFFERS, PeerFault.KEY_DIFFERS, faults);
    withoutKeySince
        .filter(since -> nanoTime.getAsLong() - since > KEY_GRACE.toNanos())
        .ifPresent(since -> findings.add(Finding.of(FindingReason.NO_HEARTBEAT_KEY)));
    findingLog.update(findings);
    return findings;
  }

  /** One finding for all nodes, since they mostly have one cause. */
  private static void addFault(
      List<Finding> findings,
      FindingReason reason,
      PeerFault fault,
      Map<String, PeerFault> faults) {
    List<String> nodes =
        faults.entrySet().stream()
            .filter(entry -> entry.getValue() == fault)
            .map(Map.Entry::getKey)
            .toList();
    if (!nodes.isEmpty()) {
      findings.add(
          new Finding(
              reason, message(reason).formatted(String.join(", ", nodes)), reason.remedy()));
    }
  }

  private static String message(FindingReason reason) {
    return reason == FindingReason.HEARTBEATS_BLOCKED
        ? "No heartbeats arrive from %s. A firewall may drop them, or the data plane there is older."
        : "The heartbeats of %s cannot be verified, since they are signed with another key.";
  }
}
