package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.dataplane.server.firewall.FirewallChain;
import dev.ballast.dataplane.server.firewall.FirewallProgram;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.util.List;

/** What a person reads about a chain that may drop. */
public final class FirewallMessages {

  private static final String ADDRESS = "ADDRESS";
  private static final String EXPLANATION =
      " ADDRESS is the address of a Service, or the range of a pool.";

  static NodeFacts.BlockingChain of(FirewallChain chain, SteeringMode mode) {
    List<String> each =
        mode == SteeringMode.TPROXY
            ? chain.commands(ADDRESS)
            : chain.commandsForBoundSockets(ADDRESS);
    String commands = String.join(" && ", each);
    return new NodeFacts.BlockingChain(
        "The chain %s of its firewall (%s) drops by default, and has no rule that certainly accepts connections to Services."
            .formatted(chain, chain.program().displayName()),
        "Run on this node: %s.".formatted(commands)
            + (commands.contains(ADDRESS) ? EXPLANATION : "")
            + (isSaved(chain.program()) ? "" : " Save the rule, or a reload removes it."));
  }

  /** Whether the program itself keeps the rule. */
  private static boolean isSaved(FirewallProgram program) {
    return switch (program) {
      case UFW, FIREWALLD -> true;
      case IPTABLES, IPTABLES_LEGACY, NFTABLES -> false;
    };
  }

  /**
   * A remedy for one address of a Service.
   *
   * @param remedy of a finding of the node
   */
  public static String forAddress(String remedy, String node, String address) {
    String ofFamily =
        address.contains(":")
            ? remedy
                .replace("family=\"ipv4\"", "family=\"ipv6\"")
                .replace(" ip daddr ", " ip6 daddr ")
            : remedy;
    return ofFamily
        .replace(EXPLANATION, "")
        .replace("Run on this node:", "Run on node %s:".formatted(node))
        .replace(ADDRESS, address);
  }

  private FirewallMessages() {}
}
