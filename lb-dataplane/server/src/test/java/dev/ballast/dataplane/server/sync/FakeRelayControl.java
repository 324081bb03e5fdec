package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.FrontendStatus;
import dev.ballast.dataplane.server.relay.ListenFailureReason;
import dev.ballast.dataplane.server.relay.ListenerState;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A relay that listens at once, except on a port in use. */
final class FakeRelayControl implements RelayControl {

  final List<String> calls;
  volatile BackendHealthStatus backends = BackendHealthStatus.HEALTHY;
  volatile int portInUse = -1;
  volatile Set<AdmissionResult> rejecting = Set.of();

  SteeringMode steeringMode = SteeringMode.TPROXY;

  /** The connections of each address. */
  final Map<InetAddress, List<FiveTuple>> flows = new ConcurrentHashMap<>();

  /** Applies changes, and reports a failure all the same. */
  volatile boolean failing;

  /** How many Services were changed or looked up since this was last set. */
  int lookups;

  private final Map<ServiceKey, VirtualServer> servers = new ConcurrentHashMap<>();

  FakeRelayControl(List<String> calls) {
    this.calls = calls;
  }

  @Override
  public CompletionStage<Void> apply(VirtualServerChanges changes) {
    lookups += changes.updated().size() + changes.removed().size();
    changes.applyTo(servers);
    calls.add("apply " + servers.keySet());
    if (failing) {
      return CompletableFuture.failedFuture(new IllegalStateException("asked to fail"));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void activate() throws IOException {
    if (failing) {
      throw new IOException("asked to fail");
    }
    calls.add("activate");
  }

  @Override
  public CompletionStage<Void> deactivate() {
    calls.add("deactivate");
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Duration drain() {
    return Duration.ofSeconds(30);
  }

  @Override
  public CompletionStage<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses) {
    Map<InetAddress, List<FiveTuple>> now = new HashMap<>(flows);
    now.keySet().retainAll(addresses);
    return CompletableFuture.completedFuture(now);
  }

  @Override
  public SteeringMode steeringMode() {
    return steeringMode;
  }

  @Override
  public Optional<VirtualServerStatus> statusOf(ServiceKey id) {
    lookups++;
    return Optional.ofNullable(servers.get(id)).map(this::running);
  }

  Set<ServiceKey> served() {
    return servers.keySet();
  }

  VirtualServer server(ServiceKey id) {
    return servers.get(id);
  }

  private VirtualServerStatus running(VirtualServer server) {
    return new VirtualServerStatus(
        server.generation(),
        server.frontends().stream()
            .map(
                frontend ->
                    new FrontendStatus(
                        frontend.port(),
                        frontend.protocol(),
                        frontend.port() == portInUse
                            ? new ListenerState.ListenFailed(
                                ListenFailureReason.PORT_IN_USE, "another process listens on it")
                            : new ListenerState.Listening(),
                        true))
            .toList(),
        server.frontends().stream()
            .flatMap(frontend -> frontend.endpoints().stream())
            .map(
                endpoint ->
                    new BackendStatus(
                        endpoint,
                        backends,
                        backends == BackendHealthStatus.HEALTHY ? "" : "connection refused"))
            .toList(),
        rejecting);
  }
}
