package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.nftables.NftablesSocket;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the best ruleset that this kernel takes. */
record SteeringProbe(SteeringSetting setting, PrivateListeners listeners, int peerPort) {

  private static final Logger log = LoggerFactory.getLogger(SteeringProbe.class);

  /**
   * Changes nothing in the kernel.
   *
   * @throws IOException when the kernel takes no ruleset
   */
  SteeringRuleset find(NftablesSocket socket, TableOwner owner) throws IOException {
    IOException failure = new IOException("no ruleset");
    for (SteeringMode mode : modes()) {
      for (boolean arp : new boolean[] {true, false}) {
        var ruleset = new SteeringRuleset(mode, arp, false, listeners, peerPort);
        try {
          socket.commit(ruleset.trial(owner));
          warnOfWhatIsMissing(ruleset, failure);
          return ruleset;
        } catch (IOException e) {
          failure = e;
        }
      }
    }
    throw failure;
  }

  private List<SteeringMode> modes() {
    return switch (setting) {
      case AUTO, TPROXY -> List.of(SteeringMode.TPROXY, SteeringMode.BIND);
      case BIND -> List.of(SteeringMode.BIND);
    };
  }

  private void warnOfWhatIsMissing(SteeringRuleset ruleset, IOException failure) {
    if (setting != SteeringSetting.BIND && ruleset.mode() == SteeringMode.BIND) {
      log.warn(
          "The kernel has no tproxy for nftables ({}). A Service takes its port from this node, and"
              + " cannot have one that a daemon uses. Load the kernel module nft_tproxy, or use a"
              + " kernel that has it",
          failure.getMessage());
    }
    if (!ruleset.arp()) {
      log.warn(
          "The kernel has no nftables for ARP ({}). It answers ARP for addresses of this node on"
              + " every interface. Use a kernel with CONFIG_NF_TABLES_ARP",
          failure.getMessage());
    }
  }
}
