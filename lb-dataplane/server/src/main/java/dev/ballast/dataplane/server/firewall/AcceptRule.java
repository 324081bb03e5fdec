package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import java.util.List;
import java.util.Optional;

/** Ballast's own rule in chains of other programs, which accepts packets to transparent sockets. */
final class AcceptRule {

  static final String COMMENT = "ballast";

  /**
   * The expressions for a chain. The program iptables rejects a whole table that has any expression
   * it does not make itself, and then kube-proxy and network plugins fail. So it gets its own.
   */
  static List<NftablesExpression> expressions(NftablesBaseChain chain) {
    return ProgramDetection.isOfIptables(chain)
        ? List.of(
            XtablesMatch.socketTransparent(),
            NftablesExpression.counter(),
            NftablesExpression.accept())
        : List.of(
            NftablesExpression.socketTransparent(1),
            NftablesExpression.equal(1, (byte) 1),
            NftablesExpression.accept());
  }

  /** Whether it is an accept rule of Ballast, also after iptables-save and iptables-restore. */
  static boolean isOwn(NftablesRule rule) {
    return comment(rule).filter(COMMENT::equals).isPresent() && acceptsTransparentSockets(rule);
  }

  private static Optional<String> comment(NftablesRule rule) {
    return rule.comment()
        .or(
            () ->
                rule.expressions().stream()
                    .flatMap(expression -> XtablesMatch.comment(expression).stream())
                    .findFirst());
  }

  private static boolean acceptsTransparentSockets(NftablesRule rule) {
    return rule.expressions().stream().anyMatch(AcceptRule::isSocket)
        && RuleEvaluation.effect(rule, Packet.ARBITRARY.getFirst()) instanceof RuleEffect.Accept;
  }

  private static boolean isSocket(NftablesExpression expression) {
    return expression.name().equals("socket") || XtablesMatch.isSocket(expression);
  }

  private AcceptRule() {}
}
