package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.claims.ClaimExchange;
import dev.ballast.dataplane.server.heartbeat.HeartbeatExchange;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import dev.ballast.dataplane.server.steering.Steering;
import java.util.List;
import java.util.Optional;

/** Checks that report, and talk to no other node. */
final class TestNodeChecks {

  static NodeChecks reporting() {
    return new NodeChecks(
        true,
        "1.2.3",
        PeerChecker.noop(),
        List::of,
        listener -> HeartbeatExchange.none(),
        Steering.none(),
        listener -> ClaimExchange.none(),
        Optional.empty());
  }

  private TestNodeChecks() {}
}
