package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.Changes;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RunningServer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What a pass asks of the relay. */
interface Serving {

  CompletionStage<Void> change(Changes changes);

  Optional<RunningServer> running(ServiceId id);

  static Serving by(Relay relay) {
    return new Serving() {
      @Override
      public CompletionStage<Void> change(Changes changes) {
        return relay.change(changes);
      }

      @Override
      public Optional<RunningServer> running(ServiceId id) {
        return Optional.ofNullable(relay.running().get(id));
      }
    };
  }
}
