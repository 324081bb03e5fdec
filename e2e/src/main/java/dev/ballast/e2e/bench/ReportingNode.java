package dev.ballast.e2e.bench;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** Reports on every LoadBalancer as a node's data plane does, and serves nothing. */
final class ReportingNode implements Watcher<GenericKubernetesResource>, AutoCloseable {

  private static final int WRITERS = 16;

  private final KubernetesClient client;
  private final ExecutorService writers =
      Executors.newFixedThreadPool(WRITERS, Thread.ofVirtual().factory());
  private final Watch watch;

  ReportingNode(KubernetesClient client) {
    this.client = client;
    watch = client.genericKubernetesResources(Stages.PROGRAMS).inAnyNamespace().watch(this);
  }

  @Override
  public void eventReceived(Action action, GenericKubernetesResource program) {
    if (action == Action.DELETED) {
      return;
    }
    List<Object> wanted = program.isMarkedForDeletion() ? List.of() : List.of(report(program));
    if (!wanted.equals(Objects.requireNonNullElse(program.get("status", "nodes"), List.of()))) {
      try {
        writers.execute(() -> write(program, wanted));
      } catch (RejectedExecutionException e) {
        // Closed: nobody waits for it.
        return;
      }
    }
  }

  private static Map<String, Object> report(GenericKubernetesResource program) {
    List<Map<String, Object>> frontends = program.get("spec", "frontends");
    return Map.of(
        "name",
        "n1",
        "observedGeneration",
        program.getMetadata().getGeneration().intValue(),
        "announcing",
        program.get("spec", "addresses"),
        "frontends",
        frontends.stream()
            .map(
                frontend ->
                    Map.of(
                        "port",
                        frontend.get("port"),
                        "protocol",
                        frontend.get("protocol"),
                        "listening",
                        true))
            .toList(),
        "healthyBackends",
        "0/0",
        "backends",
        List.of());
  }

  private void write(GenericKubernetesResource program, List<Object> nodes) {
    try {
      // By the object, not its name, which would be read first.
      client
          .resource(program)
          .subresource("status")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              client.getKubernetesSerialization().asJson(Map.of("status", Map.of("nodes", nodes))));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  @Override
  public void onClose(WatcherException cause) {
    throw new IllegalStateException("the watch of LoadBalancers ended", cause);
  }

  @Override
  public void close() {
    watch.close();
    writers.shutdownNow();
  }
}
