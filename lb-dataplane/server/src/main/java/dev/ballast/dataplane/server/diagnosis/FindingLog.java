package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.logging.LogKeys;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;

/** Logs each finding once, for as long as it lasts. One thread uses it. */
public final class FindingLog {

  private final Logger log;
  private Set<String> logged = Set.of();

  public FindingLog(Logger log) {
    this.log = log;
  }

  /**
   * Logs those that are new.
   *
   * @param now all findings at present
   */
  public void update(List<Finding> now) {
    Set<String> messages = new HashSet<>();
    for (Finding finding : now) {
      messages.add(finding.message());
      if (!logged.contains(finding.message())) {
        log.atWarn()
            .addKeyValue(LogKeys.REASON, finding.reason().reason())
            .log("{} {}", finding.message(), finding.remedy());
      }
    }
    logged = messages;
  }
}
