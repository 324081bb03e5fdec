package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Makes the listeners for the steering mode of this node. */
final class RelayListeners {

  private final WorkerGroup workerGroup;
  private final Map<Protocol, RelayEngine> engines;
  private final Steering steering;
  private final SteeringMode mode;
  private final PrivateListenerGroup privateListeners;
  private final FrontendTransactions frontends;
  private final RelaySettings settings;

  private RelayListeners(
      WorkerGroup workerGroup,
      Steering steering,
      PrivateListenerGroup privateListeners,
      RelaySettings settings) {
    this.workerGroup = workerGroup;
    this.engines = workerGroup.channelTransport().engines();
    this.steering = steering;
    this.mode = steering.mode();
    this.privateListeners = privateListeners;
    this.frontends = new FrontendTransactions(steering, workerGroup);
    this.settings = settings;
  }

  /** Without steering: all listeners are bound. */
  static RelayListeners bound(WorkerGroup workerGroup) {
    return new RelayListeners(
        workerGroup, Steering.none(), PrivateListenerGroup.none(), RelaySettings.DEFAULT);
  }

  /** Opens the private listeners, and starts the steering. Blocks. */
  static RelayListeners start(WorkerGroup workerGroup, Steering steering, RelaySettings settings) {
    PrivateListenerGroup privateListeners = PrivateListenerGroup.open(workerGroup);
    SteeringMode mode = steering.start(privateListeners.ports());
    if (mode != SteeringMode.TPROXY) {
      privateListeners.close();
    }
    return new RelayListeners(workerGroup, steering, privateListeners, settings);
  }

  /** The protocols that can be served. */
  Set<Protocol> protocols() {
    return engines.keySet();
  }

  NodeBudget budget() {
    return settings.budget();
  }

  SteeringMode mode() {
    return mode;
  }

  Steering steering() {
    return steering;
  }

  FrontendTransactions frontends() {
    return frontends;
  }

  /** Makes a listener, which is closed at first, for one of the {@link #protocols}. */
  Listener create(ListenerContext context) {
    return switch (mode) {
      case TPROXY -> new SteeredListener(context, privateListeners, workerGroup, frontends);
      case BIND, BIND_UNFILTERED -> bound(context);
    };
  }

  private Listener bound(ListenerContext context) {
    RelayEngine relayEngine = Objects.requireNonNull(engines.get(context.binding().protocol()));
    boolean portReserved = settings.reservedPorts().contains(context.binding().port());
    return new BoundListener(context, relayEngine, workerGroup, frontends, portReserved);
  }
}
