package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.relay.BackendState;
import dev.ballast.dataplane.server.relay.ListenState;
import dev.ballast.dataplane.server.relay.RunningBackend;
import dev.ballast.dataplane.server.relay.RunningFrontend;
import dev.ballast.dataplane.server.relay.RunningServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** A relay that listens on everything at once, except on ports said to be taken. */
final class FakeServing implements Serving {

  final List<String> journal;
  volatile BackendState backends = BackendState.HEALTHY;
  volatile int portTaken = -1;
  private volatile Map<ServiceId, VirtualServer> servers = Map.of();

  FakeServing(List<String> journal) {
    this.journal = journal;
  }

  @Override
  public CompletionStage<Void> apply(Map<ServiceId, VirtualServer> desired) {
    journal.add("apply " + desired.keySet());
    servers = desired;
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Map<ServiceId, RunningServer> running() {
    return servers.values().stream().collect(Collectors.toMap(VirtualServer::id, this::running));
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
