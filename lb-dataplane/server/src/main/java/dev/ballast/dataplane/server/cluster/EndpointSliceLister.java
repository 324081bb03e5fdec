package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the EndpointSlices of newly served Services, and retries until it succeeds or the Service
 * is not served any more. For each list the API server scans all slices of the namespace. So one
 * list runs at a time for a namespace, and the Services that come meanwhile are listed together
 * next.
 */
final class EndpointSliceLister {

  private static final Logger log = LoggerFactory.getLogger(EndpointSliceLister.class);

  /** A limit on Services in a list, since the URL contains their names. */
  private static final int MAX_SERVICES_PER_LIST = 64;

  /** A limit on namespaces, below the number of threads, so that reports do not wait. */
  private static final int MAX_CONCURRENT_LISTS = 3;

  /** New Services come in bursts, and one list serves all that come in this time. */
  private static final long POSTPONE_MILLIS = 500;

  private static final long MIN_RETRY_MILLIS = 100;
  private static final long MAX_RETRY_MILLIS = 5_000;

  private final KubernetesClient client;
  private final EndpointSliceStore store;
  private final ScheduledExecutorService threads;

  /** By namespace, the next one first. */
  private final Map<String, Set<EndpointSliceStore.Subscription>> queued = new LinkedHashMap<>();

  private final Set<String> listing = new HashSet<>();
  private final List<EndpointSliceStore.Subscription> postponed = new ArrayList<>();

  EndpointSliceLister(
      KubernetesClient client, EndpointSliceStore store, ScheduledExecutorService threads) {
    this.client = client;
    this.store = store;
    this.threads = threads;
  }

  /** Lists the slices of these Services soon. Does not block. */
  synchronized void enqueue(Collection<EndpointSliceStore.Subscription> subscriptions) {
    for (EndpointSliceStore.Subscription subscription : subscriptions) {
      queued
          .computeIfAbsent(subscription.id().namespace(), namespace -> new LinkedHashSet<>())
          .add(subscription);
    }
    startLists();
  }

  /** For Services that can be served already with the slices that are known. */
  synchronized void enqueueLater(Collection<EndpointSliceStore.Subscription> subscriptions) {
    if (postponed.isEmpty() && !subscriptions.isEmpty()) {
      var unused = threads.schedule(this::enqueuePostponed, POSTPONE_MILLIS, TimeUnit.MILLISECONDS);
    }
    postponed.addAll(subscriptions);
  }

  private synchronized void enqueuePostponed() {
    enqueue(postponed);
    postponed.clear();
  }

  private synchronized void startLists() {
    for (String namespace : queued.keySet()) {
      if (listing.size() == MAX_CONCURRENT_LISTS) {
        return;
      }
      if (listing.add(namespace)) {
        threads.execute(() -> list(namespace, 0));
      }
    }
  }

  private synchronized void finish(String namespace) {
    listing.remove(namespace);
    Set<EndpointSliceStore.Subscription> more = queued.remove(namespace);
    if (more != null && !more.isEmpty()) {
      queued.put(namespace, more);
    }
    startLists();
  }

  private synchronized List<EndpointSliceStore.Subscription> nextBatch(String namespace) {
    List<EndpointSliceStore.Subscription> batch = new ArrayList<>();
    Iterator<EndpointSliceStore.Subscription> more =
        queued.getOrDefault(namespace, Set.of()).iterator();
    while (more.hasNext() && batch.size() < MAX_SERVICES_PER_LIST) {
      EndpointSliceStore.Subscription subscription = more.next();
      more.remove();
      if (store.isCurrent(subscription)) {
        batch.add(subscription);
      }
    }
    return batch;
  }

  private void list(String namespace, int failures) {
    List<EndpointSliceStore.Subscription> batch = nextBatch(namespace);
    try {
      if (!batch.isEmpty()) {
        Map<ServiceKey, List<EndpointSlice>> listed = fetch(namespace, batch, failures == 0);
        batch.forEach(
            subscription -> merge(subscription, listed.getOrDefault(subscription.id(), List.of())));
      }
      finish(namespace);
    } catch (RuntimeException e) {
      var line = e instanceof KubernetesClientException ? log.atDebug() : log.atError();
      line.addKeyValue(LogKeys.SERVICE, batch)
          .setCause(e)
          .log("Cannot list EndpointSlices, retrying");
      enqueue(batch);
      long delay = Math.min(MIN_RETRY_MILLIS << Math.min(failures, 10), MAX_RETRY_MILLIS);
      var unused =
          threads.schedule(() -> list(namespace, failures + 1), delay, TimeUnit.MILLISECONDS);
    }
  }

  /** A slice that cannot be parsed does not affect the others. */
  private void merge(EndpointSliceStore.Subscription subscription, List<EndpointSlice> listed) {
    try {
      store.merge(subscription, listed);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue(LogKeys.SERVICE, subscription.id())
          .setCause(e)
          .log("Cannot parse EndpointSlices, listing them again");
      var unused =
          threads.schedule(
              () -> enqueue(List.of(subscription)), MAX_RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Not older than the watch, so that nothing is missed. From the API server's cache, which is
   * faster than etcd. After a failure from etcd, since etcd may have been restored to an older
   * version, which the cache cannot have.
   */
  private Map<ServiceKey, List<EndpointSlice>> fetch(
      String namespace, List<EndpointSliceStore.Subscription> batch, boolean fromCache) {
    var options = new ListOptionsBuilder();
    if (fromCache) {
      options
          .withResourceVersion(Long.toUnsignedString(store.latestVersion()))
          .withResourceVersionMatch("NotOlderThan");
    }
    return client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace)
        .withLabelIn(
            EndpointSliceParser.SERVICE_LABEL,
            batch.stream().map(subscription -> subscription.id().name()).toArray(String[]::new))
        .list(options.build())
        .getItems()
        .stream()
        .collect(
            Collectors.groupingBy(slice -> EndpointSliceParser.serviceOf(slice).orElseThrow()));
  }
}
