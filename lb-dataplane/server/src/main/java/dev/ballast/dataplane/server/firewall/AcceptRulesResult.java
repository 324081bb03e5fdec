package dev.ballast.dataplane.server.firewall;

import java.io.IOException;
import java.util.List;

/**
 * What {@link NodeFirewall#ensureAcceptRules} has done.
 *
 * @param added the number of rules that were missing before
 * @param failures the chains that may drop still
 */
public record AcceptRulesResult(int added, List<Failure> failures) {

  public AcceptRulesResult {
    failures = List.copyOf(failures);
  }

  /**
   * A chain to which the kernel rejects the rule.
   *
   * @param cause ENOENT for a kernel without the expression. EPERM without NET_ADMIN, and for a
   *     table that only its program may change, as newer firewalld makes it with NftablesTableOwner
   */
  public record Failure(FirewallChain chain, IOException cause) {}
}
