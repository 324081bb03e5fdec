package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RunningServer;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** What a pass asks of the relay. */
interface Serving {

  CompletionStage<Void> apply(Map<ServiceId, VirtualServer> desired);

  Map<ServiceId, RunningServer> running();

  static Serving by(Relay relay) {
    return new Serving() {
      @Override
      public CompletionStage<Void> apply(Map<ServiceId, VirtualServer> desired) {
        return relay.apply(desired);
      }

      @Override
      public Map<ServiceId, RunningServer> running() {
        return relay.running();
      }
    };
  }
}
