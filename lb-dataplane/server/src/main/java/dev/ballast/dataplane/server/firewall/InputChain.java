package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A base chain for packets to sockets of this node.
 *
 * @param rules of the chain, and of those that it certainly jumps to
 */
record InputChain(NftablesBaseChain base, Map<String, List<NftablesRule>> rules) {

  /** How a packet leaves a chain. */
  private enum ChainEnd {
    ACCEPTED,
    DROPPED,
    /** Without a verdict. */
    RETURNED
  }

  FirewallVerdict verdict(Collection<Packet> packets) {
    boolean accepts =
        packets.stream()
            .filter(packet -> packet.isSeenBy(base.table().family()))
            .allMatch(this::accepts);
    return accepts ? FirewallVerdict.ACCEPTS : FirewallVerdict.MAY_DROP;
  }

  private boolean accepts(Packet packet) {
    return switch (end(base.name(), packet)) {
      case ACCEPTED -> true;
      case DROPPED -> false;
      case RETURNED -> !base.drops();
    };
  }

  /** The kernel rejects chains that jump in a circle. */
  private ChainEnd end(String chain, Packet packet) {
    for (NftablesRule rule : rules.getOrDefault(chain, List.of())) {
      switch (RuleEvaluation.effect(rule, packet)) {
        case RuleEffect.None none -> {}
        case RuleEffect.Accept accept -> {
          return ChainEnd.ACCEPTED;
        }
        case RuleEffect.Drop drop -> {
          return ChainEnd.DROPPED;
        }
        case RuleEffect.Return back -> {
          return ChainEnd.RETURNED;
        }
        case RuleEffect.Jump jump -> {
          ChainEnd end = end(jump.chain(), packet);
          if (end != ChainEnd.RETURNED || !jump.returns()) {
            return end;
          }
        }
      }
    }
    return ChainEnd.RETURNED;
  }

  /** The rules of Ballast. */
  List<NftablesRule> ownRules() {
    return rulesOfBase().stream().filter(AcceptRule::isOwn).toList();
  }

  private List<NftablesRule> rulesOfBase() {
    return rules.getOrDefault(base.name(), List.of());
  }

  FirewallChain describe() {
    return new FirewallChain(
        ProgramDetection.program(base, rulesOfBase()),
        base.table().family().keyword(),
        base.table().name(),
        base.name());
  }
}
