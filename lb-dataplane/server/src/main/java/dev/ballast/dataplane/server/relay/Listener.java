package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.session.ListenerContext;
import java.util.concurrent.CompletionStage;

/** Serves the connections or datagrams of one binding. Runs on the control loop. */
sealed interface Listener permits BoundListener, SteeredListener {

  /** The desired state of a listener. */
  enum DesiredListenerState {
    /** Accept connections. */
    OPEN,
    /**
     * Refuse connections, as a port without a listener does, but reserve the port, which is not
     * possible for UDP. Open connections go on; UDP flows end.
     */
    REFUSING,
    /** As {@link #REFUSING}, and free the port. */
    DRAINING,
    /** Free the port, and reset open connections. */
    CLOSED
  }

  ListenerContext context();

  ListenerState state();

  /**
   * Changes the desired state. Completes, never with an error, when the listener is in that state
   * or {@link #state()} is a failure.
   */
  CompletionStage<Void> moveTo(DesiredListenerState now);

  /** Tries again to reach the desired state. */
  CompletionStage<Void> retry();
}
