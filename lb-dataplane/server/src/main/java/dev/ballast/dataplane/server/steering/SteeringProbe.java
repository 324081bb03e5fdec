package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the best ruleset that this kernel takes. */
record SteeringProbe(SteeringSetting setting, PrivateListeners listeners) {

  private static final Logger log = LoggerFactory.getLogger(SteeringProbe.class);

  /**
   * Replaces the tables of an earlier process.
   *
   * @param state to be loaded; gets the earlier process's addresses as well
   * @throws IOException when the kernel takes no ruleset
   */
  SteeringTables create(SteeringState state) throws IOException {
    NftablesSocket socket = NftablesSocket.open();
    try {
      earlierAddresses(socket).forEach(state::add);
      return create(socket, state);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private SteeringTables create(NftablesSocket socket, SteeringState state) throws IOException {
    TableOwner owner = TableOwner.random();
    IOException failure = new IOException("no ruleset");
    for (SteeringMode mode : modes()) {
      for (boolean arp : new boolean[] {true, false}) {
        var ruleset = new SteeringRuleset(mode, arp, listeners);
        try {
          SteeringTables tables = SteeringTables.create(socket, ruleset, owner, state);
          warnOfWhatIsMissing(ruleset, failure);
          return tables;
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

  /**
   * The addresses of an earlier process that are still local, so that its daemons do not answer for
   * them now. The announcer removes them.
   */
  private static List<InetAddress> earlierAddresses(NftablesSocket socket) throws IOException {
    List<InetAddress> addresses = new ArrayList<>();
    for (Version version : Version.values()) {
      try {
        for (ByteBuffer key : socket.keys(version.addresses()).orElse(List.of())) {
          byte[] bytes = new byte[key.remaining()];
          key.get(0, bytes);
          InetAddress address = InetAddress.getByAddress(bytes);
          if (isLocal(version, address)) {
            addresses.add(address);
          }
        }
      } catch (ErrnoException e) {
        log.debug("No set of an earlier process: {}", e.getMessage());
      }
    }
    return addresses;
  }

  /** By a route or an interface: then it can be bound. */
  private static boolean isLocal(Version version, InetAddress address) {
    var family =
        switch (version) {
          case IPV4 -> StandardProtocolFamily.INET;
          case IPV6 -> StandardProtocolFamily.INET6;
        };
    try (DatagramChannel channel = DatagramChannel.open(family)) {
      channel.bind(new InetSocketAddress(address, 0));
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
