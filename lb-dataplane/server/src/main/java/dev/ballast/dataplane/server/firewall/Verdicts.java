package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.text;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import java.nio.ByteBuffer;
import java.util.Set;

/** The verdicts of expressions. */
final class Verdicts {

  private static final RuleEffect NONE = new RuleEffect.None();
  private static final RuleEffect DROPPED = new RuleEffect.Drop();

  private static final int VERDICT = 2;
  private static final int DROP = 0;
  private static final int ACCEPT = 1;
  private static final int STOLEN = 2;
  private static final int QUEUE = 3;
  private static final int JUMP = -3;
  private static final int GOTO = -4;
  private static final int RETURN = -5;

  /** Targets of iptables that end the way of a packet; ACCEPT and DROP are no targets here. */
  private static final Set<String> DROPPING_TARGETS = Set.of("REJECT", "NFQUEUE", "TARPIT");

  /** The verdict of an expression; none if it has no verdict. */
  static RuleEffect of(NftablesExpression expression) {
    return switch (expression.name()) {
      case "reject", "queue" -> DROPPED;
      case "target" -> DROPPING_TARGETS.contains(text(expression, 1)) ? DROPPED : NONE;
      case "immediate" ->
          expression
              .data()
              .find(2)
              .flatMap(data -> NetlinkAttributes.find(data, VERDICT))
              .map(Verdicts::of)
              .orElse(NONE);
      default -> NONE;
    };
  }

  private static RuleEffect of(ByteBuffer verdict) {
    int code = NetlinkAttributes.find(verdict, 1).map(ExpressionAttributes::number).orElse(DROP);
    String chain = NetlinkAttributes.find(verdict, 2).map(NetlinkAttributes::text).orElse("");
    return switch (code) {
      case DROP, STOLEN, QUEUE -> DROPPED;
      case ACCEPT -> new RuleEffect.Accept();
      case JUMP -> new RuleEffect.Jump(chain, true);
      case GOTO -> new RuleEffect.Jump(chain, false);
      case RETURN -> new RuleEffect.Return();
      default -> NONE;
    };
  }

  private Verdicts() {}
}
