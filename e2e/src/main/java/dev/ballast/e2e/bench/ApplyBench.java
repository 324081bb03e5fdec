package dev.ballast.e2e.bench;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long it takes from creating a LoadBalancer Service to its address, and to the first HTTP 200
 * from there. Services are made one after another, each when the one before has answered.
 *
 * <p>The clock starts before the create request is sent. Watches tell; requests go over plain
 * sockets of this process, which runs outside the cluster.
 */
public final class ApplyBench {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PORT = 80;

  private ApplyBench() {}

  /**
   * Measures, prints, writes.
   *
   * @param args the namespace, where Pods labelled {@code app: bench} answer at port 8080; how many
   *     Services to measure; how many to make before, which do not count; the folder for results
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    String namespace = args[0];
    int services = Integer.parseInt(args[1]);
    int warmUp = Integer.parseInt(args[2]);
    Path folder = Path.of(args[3]);
    System.out.printf("Warm-up: %d Services, not counted.%n", warmUp);
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        Stages stages = Stages.watch(client, namespace)) {
      List<Sample> samples = new ArrayList<>();
      for (int i = 0; i < warmUp + services; i++) {
        String name = (i < warmUp ? "warm-up-" : "bench-") + i;
        Sample sample = measure(client, stages, service(namespace, name));
        if (i >= warmUp) {
          samples.add(sample);
        }
      }
      Report report = new Report(samples, warmUp, Machine.of(client));
      report.print();
      report.write(folder);
    }
  }

  private static Sample measure(KubernetesClient client, Stages stages, Service service)
      throws InterruptedException {
    String name = service.getMetadata().getName();
    long start = System.nanoTime();
    client.resource(service).create();
    FirstSeen.Sighting published = stages.publications().await(name, PATIENCE);
    FirstAnswer.Answer answer = FirstAnswer.await(published.value(), PORT, PATIENCE);
    return new Sample(
        name,
        stages.programs().await(name, PATIENCE).atNanos() - start,
        stages.reports().await(name, PATIENCE).atNanos() - start,
        published.atNanos() - start,
        answer.atNanos() - start,
        answer.failedAttempts());
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
