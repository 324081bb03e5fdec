package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.dataplane.server.firewall.AcceptRulesResult;
import dev.ballast.dataplane.server.firewall.NodeFirewall;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a rule of Ballast in the chains of the node's firewall that may drop. One thread uses it.
 */
final class FirewallReconciler {

  private static final Logger log = LoggerFactory.getLogger(FirewallReconciler.class);

  /** The chains whose failure has been logged. */
  private Set<String> failed = Set.of();

  /** Adds the rules that are missing. */
  void reconcile() throws IOException {
    AcceptRulesResult result = NodeFirewall.ensureAcceptRules();
    if (result.added() > 0) {
      log.info("Added {} rules to the firewall of the node, to accept connections", result.added());
    }
    Set<String> now = new TreeSet<>();
    for (AcceptRulesResult.Failure failure : result.failures()) {
      String chain = failure.chain().toString();
      now.add(chain);
      if (!failed.contains(chain)) {
        log.atWarn()
            .addKeyValue(LogKeys.CAUSE, failure.cause().getMessage())
            .log("Cannot add a rule to the chain {} of the firewall", chain);
      }
    }
    failed = now;
  }

  /** Removes the rules, also those of an earlier process. */
  static void remove() {
    try {
      int removed = NodeFirewall.removeAcceptRules();
      if (removed > 0) {
        log.info("Removed {} rules from the firewall of the node", removed);
      }
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot remove the rules from the firewall of the node");
    }
  }
}
