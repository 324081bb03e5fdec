package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.Changes;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.relay.BackendState;
import dev.ballast.dataplane.server.relay.ListenState;
import dev.ballast.dataplane.server.relay.RunningBackend;
import dev.ballast.dataplane.server.relay.RunningFrontend;
import dev.ballast.dataplane.server.relay.RunningServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A relay that listens on everything at once, except on ports said to be taken. */
final class FakeServing implements Serving {

  final List<String> journal;
  volatile BackendState backends = BackendState.HEALTHY;
  volatile int portTaken = -1;

  /** It does what it is asked, and says that it could not. */
  volatile boolean failing;

  /** How many Services were named or asked for since this was last set. */
  int work;

  private final Map<ServiceId, VirtualServer> servers = new ConcurrentHashMap<>();

  FakeServing(List<String> journal) {
    this.journal = journal;
  }

  @Override
  public CompletionStage<Void> change(Changes changes) {
    work += changes.serve().size() + changes.end().size();
    changes.applyTo(servers);
    journal.add("apply " + servers.keySet());
    if (failing) {
      return CompletableFuture.failedFuture(new IllegalStateException("asked to fail"));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Optional<RunningServer> running(ServiceId id) {
    work++;
    return Optional.ofNullable(servers.get(id)).map(this::running);
  }

  Set<ServiceId> served() {
    return servers.keySet();
  }

  private RunningServer running(VirtualServer server) {
    return new RunningServer(
        server.generation(),
        server.frontends().stream()
            .map(
                frontend ->
                    new RunningFrontend(
                        frontend.port(),
                        frontend.protocol(),
                        frontend.port() == portTaken
                            ? new ListenState.Failed(
                                ListenState.PORT_IN_USE, "another process listens on it")
                            : new ListenState.Listening()))
            .toList(),
        server.frontends().stream()
            .flatMap(frontend -> frontend.endpoints().stream())
            .map(
                endpoint ->
                    new RunningBackend(
                        endpoint,
                        backends,
                        backends == BackendState.HEALTHY ? "" : "connection refused"))
            .toList());
  }
}
