package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import java.util.List;
import java.util.function.Supplier;

/**
 * How this node looks at itself and at others.
 *
 * @param reporting whether it writes a LoadBalancerNode
 * @param version of this program
 * @param findings what is wrong with this node
 */
public record NodeChecks(
    boolean reporting, String version, PeerChecker peerChecker, Supplier<List<Finding>> findings) {

  /** No checks, for a process whose addresses are not on a network. */
  public static NodeChecks none() {
    return new NodeChecks(false, "", PeerChecker.noop(), List::of);
  }
}
