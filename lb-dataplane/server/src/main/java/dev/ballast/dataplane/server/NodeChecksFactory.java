package dev.ballast.dataplane.server;

import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.claims.ClaimExchange;
import dev.ballast.dataplane.server.claims.ClaimListener;
import dev.ballast.dataplane.server.diagnosis.NodeDiagnosis;
import dev.ballast.dataplane.server.heartbeat.HeartbeatExchange;
import dev.ballast.dataplane.server.heartbeat.HeartbeatListener;
import dev.ballast.dataplane.server.heartbeat.HeartbeatSettings;
import dev.ballast.dataplane.server.reachability.LinkNeighbors;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.sync.NodeChecks;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Wires how this node looks at itself and at others. */
final class NodeChecksFactory {

  private NodeChecksFactory() {}

  static NodeChecks create(
      DataPlaneSettings settings,
      Announcer announcer,
      Steering steering,
      Optional<NodeDiagnosis> diagnosis) {
    return diagnosis
        .map(
            it ->
                new NodeChecks(
                    true,
                    settings.version(),
                    PeerChecker.start(announcer::onLinkSource),
                    it::findings,
                    listener -> heartbeats(settings, announcer, listener),
                    steering,
                    listener -> claims(settings, listener),
                    settings.nodeAddress()))
        .orElseGet(NodeChecks::none);
  }

  private static HeartbeatExchange heartbeats(
      DataPlaneSettings settings, Announcer announcer, HeartbeatListener listener) {
    return settings
        .nodeAddress()
        .map(
            address ->
                HeartbeatExchange.udp(
                    new HeartbeatSettings(settings.node().name(), address, settings.peerPort()),
                    new LinkNeighbors(address, announcer::onLinkSource),
                    listener))
        .orElseGet(HeartbeatExchange::none);
  }

  private static ClaimExchange claims(DataPlaneSettings settings, ClaimListener listener) {
    return settings
        .nodeAddress()
        .map(address -> new InetSocketAddress(address, settings.peerPort()))
        .map(local -> ClaimExchange.tcp(settings.node().name(), local, listener))
        .orElseGet(ClaimExchange::none);
  }
}
