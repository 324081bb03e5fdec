package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The firewall of the node, which sees packets to frontends after steering. This is for mode
 * tproxy: packets then belong to transparent sockets. Calls block for round trips to the kernel.
 * All act on the network namespace of the calling thread. A default drop for one input interface
 * only is not found, because rules of network plugins look the same.
 */
public final class NodeFirewall {

  /** The chains that may drop packets to any address of a load balancer. */
  static List<FirewallFinding> inspect() throws IOException {
    return inspectFor(Packet.ARBITRARY);
  }

  /**
   * The chains that may drop packets to some of these addresses. So a rule that accepts all packets
   * to a range of addresses counts.
   */
  public static List<FirewallFinding> inspect(Collection<InetAddress> destinations)
      throws IOException {
    return inspectFor(destinations.stream().map(Packet::to).toList());
  }

  private static List<FirewallFinding> inspectFor(List<Packet> packets) throws IOException {
    List<FirewallFinding> findings = new ArrayList<>();
    for (InputChain chain : read(packets)) {
      FirewallVerdict verdict = chain.verdict(packets);
      if (verdict != FirewallVerdict.ACCEPTS) {
        findings.add(new FirewallFinding(chain.describe(), verdict));
      }
    }
    findings.addAll(LegacyTables.findings(packets));
    return findings;
  }

  private static List<InputChain> read(List<Packet> packets) throws IOException {
    try (NftablesSocket socket = NftablesSocket.open()) {
      return new FirewallReader(socket, packets).inputChains();
    }
  }

  /**
   * Adds a rule to each chain of nftables that may drop. It accepts packets to transparent sockets,
   * and so nothing for other daemons. A reload by the program of the chain removes it, so call this
   * again from time to time.
   */
  public static AcceptRulesResult ensureAcceptRules() throws IOException {
    try (NftablesSocket socket = NftablesSocket.open()) {
      return new AcceptRules(socket)
          .ensure(new FirewallReader(socket, Packet.ARBITRARY).inputChains());
    }
  }

  /**
   * Deletes the rules of {@link #ensureAcceptRules}, also those of an earlier process.
   *
   * @return how many
   */
  public static int removeAcceptRules() throws IOException {
    try (NftablesSocket socket = NftablesSocket.open()) {
      return new AcceptRules(socket)
          .remove(new FirewallReader(socket, Packet.ARBITRARY).inputChains());
    }
  }

  private NodeFirewall() {}
}
