package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.number;
import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.operand;

import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import java.util.Arrays;
import java.util.Optional;

/**
 * Evaluates the expressions of one rule as the kernel does, for a packet of which little is known.
 * A condition on anything unknown is not certain to match.
 */
final class RuleEvaluation {

  private static final RuleEffect NONE = new RuleEffect.None();

  private final Registers registers;

  private RuleEvaluation(Registers registers) {
    this.registers = registers;
  }

  /** What the rule certainly does with the packet. */
  static RuleEffect effect(NftablesRule rule, Packet packet) {
    var evaluation = new RuleEvaluation(new Registers(packet));
    for (NftablesExpression expression : rule.expressions()) {
      RuleEffect effect = Verdicts.of(expression);
      if (!effect.equals(NONE)) {
        return effect;
      }
      if (!evaluation.certainlyMatches(expression)) {
        return NONE;
      }
    }
    return NONE;
  }

  /** Whether the next expression certainly follows. */
  private boolean certainlyMatches(NftablesExpression expression) {
    return switch (expression.name()) {
      case "counter", "log", "notrack", "last", "target" -> true;
      case "meta", "ct", "payload", "fib", "socket", "bitwise", "immediate" -> {
        registers.load(expression);
        yield true;
      }
      case "cmp" -> compare(expression);
      case "range" -> range(expression);
      case "match" -> XtablesMatch.matches(expression);
      default -> false;
    };
  }

  private boolean compare(NftablesExpression expression) {
    Optional<byte[]> operand = operand(expression, 3);
    Optional<byte[]> value = operand.flatMap(bytes -> register(expression, bytes.length));
    if (operand.isEmpty() || value.isEmpty()) {
      return false;
    }
    int order = Arrays.compareUnsigned(value.get(), operand.get());
    return switch (number(expression, 2)) {
      case 0 -> order == 0;
      case 1 -> order != 0;
      case 2 -> order < 0;
      case 3 -> order <= 0;
      case 4 -> order > 0;
      case 5 -> order >= 0;
      default -> false;
    };
  }

  private boolean range(NftablesExpression expression) {
    Optional<byte[]> from = operand(expression, 3);
    Optional<byte[]> to = operand(expression, 4);
    Optional<byte[]> value = from.flatMap(bytes -> register(expression, bytes.length));
    if (from.isEmpty() || to.isEmpty() || value.isEmpty()) {
      return false;
    }
    boolean inside =
        Arrays.compareUnsigned(value.get(), from.get()) >= 0
            && Arrays.compareUnsigned(value.get(), to.get()) <= 0;
    boolean wanted = number(expression, 2) == 0;
    return inside == wanted;
  }

  private Optional<byte[]> register(NftablesExpression expression, int length) {
    return registers.get(number(expression, 1), length);
  }
}
