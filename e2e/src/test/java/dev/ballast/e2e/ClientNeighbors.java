package dev.ballast.e2e;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
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

  /**
   * Whether the interface with that MAC address answers for an address, by ARP requests that are
   * sent to it alone. Takes 3 s when it does not.
   */
  static boolean isAnsweredBy(String mac, String address) {
    String device =
        Terminal.quietly("%s ip -o route get %s".formatted(Cluster.OUTSIDE, address))
            .strip()
            .replaceFirst(".* dev (\\S+).*", "$1");
    Terminal.quietly(
        "%s ip neigh replace %s lladdr %s dev %s nud probe"
            .formatted(Cluster.OUTSIDE, address, mac, device));
    String show = "%s ip neigh show to %s".formatted(Cluster.OUTSIDE, address);
    String state =
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> Terminal.quietly(show), it -> !it.contains("PROBE"));
    return state.contains(mac) && state.contains("REACHABLE");
  }
}
