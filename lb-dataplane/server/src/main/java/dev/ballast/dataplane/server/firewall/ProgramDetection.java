package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.util.List;
import java.util.Set;

/** Recognizes programs by the names that they give to tables and chains. */
final class ProgramDetection {

  private static final Set<String> IPTABLES_TABLES = Set.of("filter", "mangle", "security");

  /**
   * Which program makes the rules of a base chain.
   *
   * @param rules of the base chain itself
   */
  static FirewallProgram program(NftablesBaseChain chain, List<NftablesRule> rules) {
    if (chain.table().name().equals("firewalld") || jumpsTo(rules, "filter_IN", "INPUT_ZONES")) {
      return FirewallProgram.FIREWALLD;
    }
    if (jumpsTo(rules, "ufw-", "ufw6-")) {
      return FirewallProgram.UFW;
    }
    return isOfIptables(chain) ? FirewallProgram.IPTABLES : FirewallProgram.NFTABLES;
  }

  /** Whether the program iptables reads, and so must understand, the rules of the chain. */
  static boolean isOfIptables(NftablesBaseChain chain) {
    return chain.table().family() != Family.INET
        && IPTABLES_TABLES.contains(chain.table().name())
        && chain.name().equals("INPUT");
  }

  private static boolean jumpsTo(List<NftablesRule> rules, String... prefixes) {
    return rules.stream()
        .flatMap(rule -> rule.expressions().stream())
        .map(Verdicts::of)
        .anyMatch(effect -> effect instanceof RuleEffect.Jump jump && hasPrefix(jump, prefixes));
  }

  private static boolean hasPrefix(RuleEffect.Jump jump, String... prefixes) {
    return List.of(prefixes).stream().anyMatch(jump.chain()::startsWith);
  }

  private ProgramDetection() {}
}
