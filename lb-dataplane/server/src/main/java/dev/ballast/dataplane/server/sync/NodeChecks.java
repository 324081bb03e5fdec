package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.claims.ClaimExchange;
import dev.ballast.dataplane.server.claims.ClaimListener;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.heartbeat.HeartbeatExchange;
import dev.ballast.dataplane.server.heartbeat.HeartbeatListener;
import dev.ballast.dataplane.server.heartbeat.PeerHeartbeats;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import dev.ballast.dataplane.server.steering.Steering;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How this node looks at itself and at others.
 *
 * @param reporting whether it writes a LoadBalancerNode
 * @param version of this program
 * @param findings what is wrong with this node
 * @param heartbeats starts the exchange with other nodes
 * @param claims starts the exchange of claims with other nodes
 * @param address of this node, from which it sends to others
 * @param steering is fenced while another node can take over
 */
public record NodeChecks(
    boolean reporting,
    String version,
    PeerChecker peerChecker,
    Supplier<List<Finding>> findings,
    Function<HeartbeatListener, HeartbeatExchange> heartbeats,
    Steering steering,
    Function<ClaimListener, ClaimExchange> claims,
    Optional<InetAddress> address) {

  /**
   * Starts the heartbeats of this process.
   *
   * @param wake called when a node has failed or recovered
   */
  PeerHeartbeats heartbeats(NodeSettings settings, Runnable wake, MeterRegistry metrics) {
    return new PeerHeartbeats(
        settings.name(),
        address,
        settings.hasHeartbeats(),
        heartbeats,
        steering.fencing(),
        wake,
        metrics);
  }

  /** No checks, for a process whose addresses are not on a network. */
  public static NodeChecks none() {
    return new NodeChecks(
        false,
        "",
        PeerChecker.noop(),
        List::of,
        listener -> HeartbeatExchange.none(),
        Steering.none(),
        listener -> ClaimExchange.none(),
        Optional.empty());
  }
}
