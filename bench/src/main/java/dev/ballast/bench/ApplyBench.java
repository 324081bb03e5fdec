package dev.ballast.bench;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long it takes from creating a LoadBalancer Service to its address, and to the first HTTP 200
 * from there. Services are created one after another, each after the previous one answered.
 *
 * <p>The clock starts before the create request is sent. Watches show each stage. Requests go over
 * plain sockets of this process, which runs outside the cluster.
 */
public final class ApplyBench {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PORT = 80;

  private ApplyBench() {}

  /**
   * Measures, prints, writes.
   *
   * @param args the namespace, where Pods labelled {@code app: bench} answer at port 8080; how many
   *     Services to measure; how many to make before, which do not count; the file for results;
   *     whose Services these are, {@code ballast} or {@code peer}
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    String namespace = args[0];
    int services = Integer.parseInt(args[1]);
    int warmUp = Integer.parseInt(args[2]);
    Path file = Path.of(args[3]);
    boolean ours = args[4].equals("ballast");
    System.out.printf("Warm-up: %d Services, not counted.%n", warmUp);
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        StageObservations stageObservations = StageObservations.watch(client, namespace, ours)) {
      List<Sample> samples = new ArrayList<>();
      for (int i = 0; i < warmUp + services; i++) {
        String name = (i < warmUp ? "warm-up-" : "bench-") + i;
        Sample sample = measure(client, stageObservations, service(namespace, name));
        if (i >= warmUp) {
          samples.add(sample);
        }
      }
      BenchReport benchReport = new BenchReport(samples, warmUp, MachineInfo.of(client));
      benchReport.print();
      benchReport.write(file);
    }
  }

  private static Sample measure(
      KubernetesClient client, StageObservations stageObservations, Service service)
      throws InterruptedException {
    String name = service.getMetadata().getName();
    long start = System.nanoTime();
    client.resource(service).create();
    FirstObservation.Observation published = stageObservations.publications().await(name, PATIENCE);
    FirstHttpResponse.FirstResponse firstResponse =
        FirstHttpResponse.await(published.value(), PORT, PATIENCE);
    Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
    stageObservations
        .awaitOurs(name, PATIENCE)
        .forEach((stage, seen) -> nanos.put(stage, seen.atNanos()));
    nanos.put(Stage.STATUS, published.atNanos());
    nanos.put(Stage.FIRST_200, firstResponse.atNanos());
    nanos.replaceAll((stage, at) -> at - start);
    return new Sample(name, nanos, firstResponse.failedAttempts());
  }

  private static Service service(String namespace, String name) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        .addToSelector("app", "bench")
        .addNewPort()
        .withPort(PORT)
        .withNewTargetPort(8080)
        .endPort()
        .endSpec()
        .build();
  }
}
