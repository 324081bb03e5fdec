package dev.ballast.bench;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** Writes the report of a node for every LoadBalancer, without a data plane behind it. */
public final class SimulatedNode
    implements ResourceEventHandler<GenericKubernetesResource>, AutoCloseable {

  private static final int WRITERS = 16;

  private final KubernetesClient client;
  private final ExecutorService writers =
      Executors.newFixedThreadPool(WRITERS, Thread.ofVirtual().factory());
  private final SharedIndexInformer<GenericKubernetesResource> informer;

  /** {@code again}: the interval between retries of failed writes; zero for no retry. */
  SimulatedNode(KubernetesClient client, Duration again) {
    this.client = client;
    informer =
        client
            .genericKubernetesResources(StageObservations.PROGRAMS)
            .inAnyNamespace()
            .inform(this, again.toMillis());
  }

  /** Until it is killed. */
  public static void main(String[] args) throws InterruptedException {
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        SimulatedNode _ = new SimulatedNode(client, Duration.ofSeconds(5))) {
      Thread.currentThread().join();
    }
  }

  @Override
  public void onAdd(GenericKubernetesResource program) {
    report(program);
  }

  @Override
  public void onUpdate(GenericKubernetesResource old, GenericKubernetesResource program) {
    report(program);
  }

  @Override
  public void onDelete(GenericKubernetesResource program, boolean finalStateUnknown) {}

  private void report(GenericKubernetesResource program) {
    List<Object> wanted = program.isMarkedForDeletion() ? List.of() : List.of(reportOn(program));
    if (!wanted.equals(Objects.requireNonNullElse(program.get("status", "nodes"), List.of()))) {
      try {
        writers.execute(() -> write(program, wanted));
      } catch (RejectedExecutionException e) {
        // Closed: nobody waits for it.
        return;
      }
    }
  }

  private static Map<String, Object> reportOn(GenericKubernetesResource program) {
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
      // It is gone, or the API server is: what is still to be said is said at the next look.
      return;
    }
  }

  @Override
  public void close() {
    informer.stop();
    writers.shutdownNow();
  }
}
