package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.dataplane.server.announce.OnLinkInterface;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What this node consists of at one moment, as far as it matters to its addresses.
 *
 * @param missingCapabilities such as {@code NET_ADMIN}
 * @param lacking the mode of the node, if its kernel is the cause and not the setting
 * @param interfaces that can announce an address
 * @param firewalls the chains that may drop
 * @param replyRoutes one for each subnet with addresses of Services
 * @param tablesChanged whether another program has changed the tables lately
 * @param routesDeleted whether another program has deleted routes lately
 */
record NodeFacts(
    Set<String> missingCapabilities,
    Optional<SteeringMode> lacking,
    List<OnLinkInterface> interfaces,
    List<BlockingChain> firewalls,
    List<ReplyRoute> replyRoutes,
    boolean tablesChanged,
    boolean routesDeleted) {

  /**
   * A chain of a firewall.
   *
   * @param message what it does
   * @param remedy the command that lets connections through
   */
  record BlockingChain(String message, String remedy) {}

  /**
   * How answers from the addresses of a subnet leave.
   *
   * @param subnet in CIDR notation
   * @param arrives the interface of the subnet
   * @param leaves the interface by which answers to clients behind a router leave; empty without a
   *     route to them
   * @param strict whether the reverse path filter of {@code arrives} drops what such clients send
   */
  record ReplyRoute(String subnet, String arrives, Optional<String> leaves, boolean strict) {

    boolean isAsymmetric() {
      return leaves.isPresent() && !leaves.orElseThrow().equals(arrives);
    }
  }
}
