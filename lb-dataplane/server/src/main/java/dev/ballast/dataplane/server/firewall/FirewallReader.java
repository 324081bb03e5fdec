package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesDump;
import dev.ballast.dataplane.server.nftables.NftablesHook;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the chains of nftables that matter, and no others: kube-proxy alone has thousands of rules.
 */
final class FirewallReader {

  private static final NftablesTable OWN = new NftablesTable(Family.INET, "ballast");

  private final NftablesSocket socket;
  private final Collection<Packet> packets;

  /** Follows the jumps of these packets. */
  FirewallReader(NftablesSocket socket, Collection<Packet> packets) {
    this.socket = socket;
    this.packets = packets;
  }

  /** The chains that see one of the packets on its way to a socket. */
  List<InputChain> inputChains() throws IOException {
    List<InputChain> chains = new ArrayList<>();
    for (NftablesBaseChain chain : NftablesDump.unchanging(socket::baseChains)) {
      if (isFirewall(chain)) {
        chains.add(read(chain));
      }
    }
    return chains;
  }

  private boolean isFirewall(NftablesBaseChain chain) {
    return chain.type().equals("filter")
        && chain.hook().number() == NftablesHook.input(0).number()
        && !chain.table().equals(OWN)
        && packets.stream().anyMatch(packet -> packet.isSeenBy(chain.table().family()));
  }

  private InputChain read(NftablesBaseChain base) throws IOException {
    Map<String, List<NftablesRule>> read = new HashMap<>();
    Deque<String> waiting = new ArrayDeque<>(List.of(base.name()));
    while (!waiting.isEmpty()) {
      String name = waiting.remove();
      if (!read.containsKey(name)) {
        List<NftablesRule> rules = NftablesDump.unchanging(() -> socket.rules(base.table(), name));
        read.put(name, rules);
        rules.forEach(rule -> waiting.addAll(jumps(rule)));
      }
    }
    return new InputChain(base, read);
  }

  private Set<String> jumps(NftablesRule rule) {
    Set<String> chains = new LinkedHashSet<>();
    for (Packet packet : packets) {
      if (RuleEvaluation.effect(rule, packet) instanceof RuleEffect.Jump jump) {
        chains.add(jump.chain());
      }
    }
    return chains;
  }
}
