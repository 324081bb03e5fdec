package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The part of the relay that the reconciler uses. An interface, so that tests need no sockets. */
interface RelayControl {

  /** Opens and closes listeners; completes when they are open or have failed. */
  CompletionStage<Void> apply(VirtualServerChanges changes);

  /** What the relay serves of this Service; empty if nothing. */
  Optional<VirtualServerStatus> statusOf(ServiceKey id);

  /** How packets reach the relay. */
  SteeringMode steeringMode();

  /** New connections reach this relay from now on. */
  void activate() throws IOException;

  /** Lets another process of this node get new connections; completes when it can listen. */
  CompletionStage<Void> deactivate();

  /**
   * The relay of this process.
   *
   * @param drain how long connections of bound listeners may go on after {@link #deactivate}
   */
  static RelayControl of(Relay relay, Duration drain) {
    return new RelayControl() {
      @Override
      public CompletionStage<Void> apply(VirtualServerChanges changes) {
        return relay.change(changes);
      }

      @Override
      public Optional<VirtualServerStatus> statusOf(ServiceKey id) {
        return Optional.ofNullable(relay.status().get(id));
      }

      @Override
      public void activate() throws IOException {
        relay.activate();
      }

      @Override
      public CompletionStage<Void> deactivate() {
        return relay.deactivate(drain);
      }

      @Override
      public SteeringMode steeringMode() {
        return relay.steeringMode();
      }
    };
  }
}
