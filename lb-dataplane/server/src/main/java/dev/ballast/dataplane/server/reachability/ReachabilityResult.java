package dev.ballast.dataplane.server.reachability;

import java.net.InetAddress;

/** What a check has found. A MAC address is that of the machine that announces the address. */
sealed interface ReachabilityResult {

  /** Everything that was asked has been answered. */
  record Reachable(String mac) implements ReachabilityResult {}

  /** No machine says that it has the address. */
  record NoNeighborAnswer() implements ReachabilityResult {}

  /** The machine has the address, and does not answer a SYN: a firewall drops it, for example. */
  record NoConnectionAnswer(String mac) implements ReachabilityResult {}

  /** The machine refuses the connection by a RST: nothing listens. */
  record ConnectionRefused(String mac) implements ReachabilityResult {}

  /**
   * An ICMP message says that the connection is not possible, as firewalls do.
   *
   * @param by the sender of the message
   */
  record Prohibited(String mac, InetAddress by) implements ReachabilityResult {}

  /**
   * This node could not ask.
   *
   * @param cause for a person: what happened, why, what to do
   */
  record NotChecked(String cause) implements ReachabilityResult {}
}
