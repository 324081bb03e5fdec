package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.FrontendStatus;
import dev.ballast.dataplane.server.relay.ListenFailureReason;
import dev.ballast.dataplane.server.relay.ListenerState;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.relay.backend.BackendState;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A relay that listens on everything at once, except on ports said to be taken. */
final class FakeRelayControl implements RelayControl {

  final List<String> journal;
  volatile BackendState backends = BackendState.HEALTHY;
  volatile int portTaken = -1;

  /** It does what it is asked, and says that it could not. */
  volatile boolean failing;

  /** How many Services were named or asked for since this was last set. */
  int work;

  private final Map<ServiceKey, VirtualServer> servers = new ConcurrentHashMap<>();

  FakeRelayControl(List<String> journal) {
    this.journal = journal;
  }

  @Override
  public CompletionStage<Void> change(VirtualServerChanges changes) {
    work += changes.serve().size() + changes.end().size();
    changes.applyTo(servers);
    journal.add("apply " + servers.keySet());
    if (failing) {
      return CompletableFuture.failedFuture(new IllegalStateException("asked to fail"));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Optional<VirtualServerStatus> running(ServiceKey id) {
    work++;
    return Optional.ofNullable(servers.get(id)).map(this::running);
  }

  Set<ServiceKey> served() {
    return servers.keySet();
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
                        frontend.port() == portTaken
                            ? new ListenerState.ListenFailed(
                                ListenFailureReason.PORT_IN_USE, "another process listens on it")
                            : new ListenerState.Listening()))
            .toList(),
        server.frontends().stream()
            .flatMap(frontend -> frontend.endpoints().stream())
            .map(
                endpoint ->
                    new BackendStatus(
                        endpoint,
                        backends,
                        backends == BackendState.HEALTHY ? "" : "connection refused"))
            .toList());
  }
}
