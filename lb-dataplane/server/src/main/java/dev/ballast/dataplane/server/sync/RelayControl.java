package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What a pass asks of the relay. */
interface RelayControl {

  CompletionStage<Void> change(VirtualServerChanges changes);

  Optional<VirtualServerStatus> running(ServiceKey id);

  static RelayControl by(Relay relay) {
    return new RelayControl() {
      @Override
      public CompletionStage<Void> change(VirtualServerChanges changes) {
        return relay.change(changes);
      }

      @Override
      public Optional<VirtualServerStatus> running(ServiceKey id) {
        return Optional.ofNullable(relay.running().get(id));
      }
    };
  }
}
