package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** The part of the relay that the reconciler uses. An interface, so that tests need no sockets. */
interface RelayControl {

  /** Opens and closes listeners; completes when they are open or have failed. */
  CompletionStage<Void> apply(VirtualServerChanges changes);

  /** What the relay serves of this Service; empty if nothing. */
  Optional<VirtualServerStatus> statusOf(ServiceKey id);

  /** How long connections may go on after this node or process lets another one serve. */
  Duration drain();

  /** The connections and flows of each of these addresses that has some. */
  CompletionStage<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses);

  /** How packets reach the relay. */
  SteeringMode steeringMode();

  /** New connections reach this relay from now on. */
  void activate() throws IOException;

  /** Lets another process of this node get new connections; completes when it can listen. */
  CompletionStage<Void> deactivate();

  /**
   * The relay of this process.
   *
   * @param drain see {@link #drain}
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
      public Duration drain() {
        return drain;
      }

      @Override
      public CompletionStage<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses) {
        return relay.flows(addresses);
      }

      @Override
      public SteeringMode steeringMode() {
        return relay.steeringMode();
      }
    };
  }
}
