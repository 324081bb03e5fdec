package dev.ballast.dataplane.server.reachability;

import java.util.function.Consumer;

/** Checks from outside whether addresses of other nodes answer. */
interface ReachabilityProbe extends AutoCloseable {

  /**
   * A probe whose frames pass no firewall and no NAT of this node. Opens a socket with the first
   * check, so that a node without peers needs no CAP_NET_RAW.
   */
  static ReachabilityProbe overPacketSockets() {
    return new PacketReachabilityProbe();
  }

  /**
   * Starts a check, and never blocks. A check takes about two seconds at most. More than a few
   * dozen wait for others to end. After {@link #close}, it does nothing.
   *
   * @param consumer called once, on the probe's thread, which it must not block
   */
  void check(ProbeTarget target, Consumer<ReachabilityResult> consumer);

  /** Ends all checks as {@link ReachabilityResult.NotChecked}, and then the threads and sockets. */
  @Override
  void close();
}
