package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The tables of iptables-legacy. The kernel evaluates them besides nftables, and only that program
 * can read them. It tells the names of those that are in use.
 */
final class LegacyTables {

  /** Of this thread's network namespace. */
  private static final Path NAMES = Path.of("/proc/thread-self/net");

  static List<FirewallFinding> findings(Collection<Packet> packets) throws IOException {
    List<FirewallFinding> findings = new ArrayList<>();
    for (Family family : List.of(Family.IPV4, Family.IPV6)) {
      boolean seen = packets.stream().anyMatch(packet -> packet.isSeenBy(family));
      if (seen && hasFilter(family)) {
        var chain =
            new FirewallChain(FirewallProgram.IPTABLES_LEGACY, family.keyword(), "filter", "INPUT");
        findings.add(new FirewallFinding(chain, FirewallVerdict.UNKNOWN));
      }
    }
    return findings;
  }

  private static boolean hasFilter(Family family) throws IOException {
    try {
      return Files.readAllLines(NAMES.resolve(family.keyword() + "_tables_names"))
          .contains("filter");
    } catch (NoSuchFileException e) {
      return false; // The kernel lacks iptables-legacy, or has not loaded it.
    }
  }

  private LegacyTables() {}
}
