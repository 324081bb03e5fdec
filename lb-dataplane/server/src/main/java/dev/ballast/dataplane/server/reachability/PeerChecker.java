package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.announce.OnLinkSource;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Checks from outside whether the addresses of other nodes answer, now and then. Thread-safe. */
public interface PeerChecker extends AutoCloseable {

  /** Checks nothing, for a process whose addresses are not on a network. */
  static PeerChecker noop() {
    return new NoopPeerChecker();
  }

  /**
   * Checks by ARP or Neighbor Discovery, and by half-open TCP connections.
   *
   * @param sources where this node is in the subnet of an address; empty if it is not
   */
  static PeerChecker start(Function<InetAddress, Optional<OnLinkSource>> sources) {
    return ScheduledPeerChecker.start(ReachabilityProbe.overPacketSockets(), sources);
  }

  /**
   * Of these addresses, this node checks those that have a target.
   *
   * @param known what an earlier process of this node has found about a target
   */
  void setTargets(
      Map<InetAddress, Optional<CheckTarget>> targets,
      Function<CheckTarget, Optional<CheckResult>> known);

  /** Checks the targets at a node soon, because something has changed on it. */
  void checkSoon(String node);

  /** Checks nothing any more, until {@link #setTargets}. */
  void clear();

  /** What is known about each target that was checked. */
  Map<CheckTarget, CheckResult> results();

  /** Ends the checks. */
  @Override
  void close();
}
