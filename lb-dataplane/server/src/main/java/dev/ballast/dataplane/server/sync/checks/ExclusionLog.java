package dev.ballast.dataplane.server.sync.checks;

import dev.ballast.dataplane.server.membership.Members;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when this node is excluded from owning addresses, and when it is not. */
public final class ExclusionLog {

  private static final Logger log = LoggerFactory.getLogger(ExclusionLog.class);

  private boolean excluded;

  /** Logs a change. */
  public void update(boolean now) {
    if (now != excluded) {
      log.info(
          now
              ? "Node is excluded from owning addresses by the label {}"
              : "Node may own addresses again, since the label {} is gone",
          Members.EXCLUSION_LABEL);
    }
    excluded = now;
  }
}
