package dev.ballast.e2e;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The neighbour table of the client's machine: who answers ARP and Neighbor Discovery. */
final class ClientNeighbors {

  private static final Pattern MAC = Pattern.compile("\\blladdr (\\S+)");

  private ClientNeighbors() {}

  /** Asks the LAN anew for an address; empty when nobody answers. Takes 3 s at most. */
  static Optional<String> resolve(String address) {
    Terminal.quietly("%s ip neigh flush to %s".formatted(Cluster.OUTSIDE, address));
    // The kernel asks when it has a packet to send, and forgets the packet if nobody answers.
    ExternalClient.connectError(address, 9);
    Matcher mac =
        MAC.matcher(Terminal.quietly("%s ip neigh show to %s".formatted(Cluster.OUTSIDE, address)));
    return mac.find() ? Optional.of(mac.group(1)) : Optional.empty();
  }
}
