package dev.ballast.bench;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Creates many Services at once and waits until each has its address.
 *
 * @param loadBalancerClass of each Service, or blank for none
 * @param creators number of concurrent create requests
 */
record BulkCreation(
    KubernetesClient client,
    FirstObservation<Service> publications,
    String namespace,
    String loadBalancerClass,
    int creators) {

  private static final Duration PATIENCE = Duration.ofMinutes(8);

  /**
   * How it went; all clocks begin before a create request is sent.
   *
   * @param createNanos from the first request until the last was answered
   * @param allNanos from the first request until the last Service had its address
   * @param eachNanos for each Service, from its request until a watch showed its address
   */
  record BulkResult(long createNanos, long allNanos, List<Long> eachNanos) {}

  /**
   * The requests alone.
   *
   * @param started when that of each was sent
   * @param nanos until the last was answered
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record CreationRun(long start, long[] started, long nanos) {}

  CreationRun make(String prefix, int from, int to)
      throws InterruptedException, ExecutionException {
    long[] started = new long[to - from];
    long start = System.nanoTime();
    eachOf(
        started.length,
        i -> {
          Service service = service(prefix + (from + i));
          started[i] = System.nanoTime();
          client.resource(service).create();
        });
    return new CreationRun(start, started, System.nanoTime() - start);
  }

  /** {@code from} and {@code to} number the Services, the latter exclusively. */
  BulkResult run(String prefix, int from, int to) throws InterruptedException, ExecutionException {
    CreationRun creationRun = make(prefix, from, to);
    long start = creationRun.start();
    long[] started = creationRun.started();
    long[] published = new long[started.length];
    for (int i = 0; i < started.length; i++) {
      published[i] = publications.await(prefix + (from + i), PATIENCE).atNanos();
    }
    return new BulkResult(
        creationRun.nanos(),
        IntStream.range(0, published.length).mapToLong(i -> published[i]).max().orElse(start)
            - start,
        IntStream.range(0, published.length).mapToObj(i -> published[i] - started[i]).toList());
  }

  /**
   * Deletes all Services of the namespace, and waits until they are gone. One by one: the API
   * server ends a request to delete them all together before it has done so.
   */
  void undo() throws InterruptedException, ExecutionException {
    var services = client.services().inNamespace(namespace);
    List<Service> all = services.list().getItems();
    eachOf(all.size(), i -> client.resource(all.get(i)).delete());
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!services.list().getItems().isEmpty()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "The Services are still there. Run kubectl describe services -n " + namespace);
      }
      Thread.sleep(1000);
    }
  }

  private void eachOf(int count, IntConsumer request)
      throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    Callable<Void> requester =
        () -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            request.accept(i);
          }
          return null;
        };
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> done :
          threads.invokeAll(IntStream.range(0, creators).mapToObj(i -> requester).toList())) {
        done.get();
      }
    }
  }

  private Service service(String name) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        // There are fewer node ports than Services here, and neither implementation needs them.
        .withAllocateLoadBalancerNodePorts(false)
        .withLoadBalancerClass(loadBalancerClass.isBlank() ? null : loadBalancerClass)
        .addToSelector("app", "bench")
        .addNewPort()
        .withPort(80)
        .withNewTargetPort(8080)
        .endPort()
        .endSpec()
        .build();
  }
}
