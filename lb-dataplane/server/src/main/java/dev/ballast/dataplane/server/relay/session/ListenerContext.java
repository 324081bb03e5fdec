package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.server.relay.backend.BackendSet;
import java.net.InetAddress;
import java.util.function.BooleanSupplier;

/** The binding of a listener and its backend set, for its sessions. Compared by identity. */
public final class ListenerContext {

  /** So that a Service over its share shrinks, and one datagram costs little. */
  private static final int MAX_EVICTIONS = 2;

  private final Binding binding;
  private final BackendSet backends;

  public ListenerContext(Binding binding, BackendSet backends) {
    this.binding = binding;
    this.backends = backends;
  }

  /** Whether the source ranges of this moment allow a client; counts those they do not. */
  public boolean allows(InetAddress client) {
    if (backends.snapshot().policy().sourceRanges().allows(client)) {
      return true;
    }
    backends.traffic().connectionDenied();
    return false;
  }

  /**
   * Whether the source ranges allow the client, and the limits a TCP connection. Counts those that
   * are rejected. An admitted connection is released by the end of its session.
   */
  public boolean admits(InetAddress client, Worker worker) {
    if (!allows(client)) {
      return false;
    }
    AdmissionResult result = admit(client, ConnectionType.TCP);
    if (isForWantOfRoom(result)
        && worker.flowEviction().evictFor(backends.admission(), false)
        && worker.flowEviction().evictFor(backends.admission(), false)) {
      result = admit(client, ConnectionType.TCP); // A TCP connection needs as much as two flows.
    }
    return isAdmitted(result);
  }

  /** As {@link #admits}, for a UDP flow of a client that {@link #allows} allows. */
  public boolean admitsFlow(
      InetAddress client, Worker worker, BooleanSupplier evictOldestOfClient) {
    AdmissionResult result = admit(client, ConnectionType.UDP);
    for (int flow = 0; flow < MAX_EVICTIONS && result != AdmissionResult.ADMITTED; flow++) {
      boolean evicted =
          switch (result) {
            case NODE_BUDGET, SERVICE_SHARE ->
                worker.flowEviction().evictFor(backends.admission(), false);
            case SERVICE_LIMIT -> worker.flowEviction().evictFor(backends.admission(), true);
            case CLIENT_LIMIT, CLIENT_SHARE -> evictOldestOfClient.getAsBoolean();
            case ADMITTED, SERVICE_RATE, BACKEND_LIMIT, PORTS -> false;
          };
      if (!evicted) {
        break;
      }
      result = admit(client, ConnectionType.UDP);
    }
    return isAdmitted(result);
  }

  private AdmissionResult admit(InetAddress client, ConnectionType type) {
    ConnectionLimits limits = backends.snapshot().policy().limits();
    return backends.admission().admit(client, type, limits, System.nanoTime());
  }

  private boolean isAdmitted(AdmissionResult result) {
    if (result == AdmissionResult.ADMITTED) {
      return true;
    }
    backends.traffic().connectionRejected(result);
    return false;
  }

  private static boolean isForWantOfRoom(AdmissionResult result) {
    return result == AdmissionResult.NODE_BUDGET || result == AdmissionResult.SERVICE_SHARE;
  }

  public Binding binding() {
    return binding;
  }

  public BackendSet backends() {
    return backends;
  }
}
