package dev.ballast.dataplane.server.firewall;

/** What a rule certainly does with a packet. */
sealed interface RuleEffect {

  /** The next rule follows, at least for some of the packets. */
  record None() implements RuleEffect {}

  record Accept() implements RuleEffect {}

  /** Also a rejection, or a queue of another program. */
  record Drop() implements RuleEffect {}

  /** The rest of the chain does not follow. */
  record Return() implements RuleEffect {}

  /**
   * The rules of another chain follow.
   *
   * @param returns whether the next rule follows after them
   */
  record Jump(String chain, boolean returns) implements RuleEffect {}
}
