package dev.ballast.e2e.bench;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** When each Service of a namespace was first seen with an address. */
final class Publications implements Watcher<Service>, AutoCloseable {

  private final Map<String, CompletableFuture<Publication>> byService = new ConcurrentHashMap<>();
  private @Nullable Watch watch;

  /**
   * @param atNanos when the watch showed it, on the clock of {@link System#nanoTime}
   */
  record Publication(String address, long atNanos) {}

  private Publications() {}

  static Publications watch(KubernetesClient client, String namespace) {
    Publications publications = new Publications();
    publications.watch = client.services().inNamespace(namespace).watch(publications);
    return publications;
  }

  Publication await(String service, Duration patience) throws InterruptedException {
    try {
      return of(service).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "Service %s has no address after %s: see kubectl describe svc %s"
              .formatted(service, patience, service),
          e);
    }
  }

  @Override
  public void eventReceived(Action action, Service service) {
    long now = System.nanoTime();
    List<LoadBalancerIngress> ingress = service.getStatus().getLoadBalancer().getIngress();
    if (!ingress.isEmpty()) {
      of(service.getMetadata().getName())
          .complete(new Publication(ingress.getFirst().getIp(), now));
    }
  }

  @Override
  public void onClose(WatcherException cause) {
    byService.values().forEach(service -> service.completeExceptionally(cause));
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }

  private CompletableFuture<Publication> of(String service) {
    return byService.computeIfAbsent(service, name -> new CompletableFuture<>());
  }
}
