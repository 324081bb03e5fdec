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
 * Lists the slices of Services that are served from now on, until it succeeds or nobody is
 * interested any more. For each list the API server goes through all slices of the namespace; so
 * there is one list at a time of a namespace, and what comes meanwhile is listed together after it.
 */
final class EndpointSliceLister {

  private static final Logger log = LoggerFactory.getLogger(EndpointSliceLister.class);

  /** Their names are in the URL, which must not grow without bound. */
  private static final int TOGETHER = 64;

  /** Namespaces; fewer than there are threads, so that reports are not kept waiting. */
  private static final int AT_ONCE = 3;

  /** New Services come in rows, and one list does for all that came in this time. */
  private static final long LATER_MILLIS = 500;

  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 5_000;

  private final KubernetesClient client;
  private final EndpointSliceStore slices;
  private final ScheduledExecutorService threads;

  /** By namespace, the one first whose turn is next. */
  private final Map<String, Set<EndpointSliceStore.ServiceInterest>> waiting =
      new LinkedHashMap<>();

  private final Set<String> listing = new HashSet<>();
  private final List<EndpointSliceStore.ServiceInterest> later = new ArrayList<>();

  EndpointSliceLister(
      KubernetesClient client, EndpointSliceStore slices, ScheduledExecutorService threads) {
    this.client = client;
    this.slices = slices;
    this.threads = threads;
  }

  /** Returns at once. */
  synchronized void add(Collection<EndpointSliceStore.ServiceInterest> serviceInterests) {
    for (EndpointSliceStore.ServiceInterest serviceInterest : serviceInterests) {
      waiting
          .computeIfAbsent(serviceInterest.id().namespace(), namespace -> new LinkedHashSet<>())
          .add(serviceInterest);
    }
    begin();
  }

  /** For those of which enough is known to serve them meanwhile. */
  synchronized void addLater(Collection<EndpointSliceStore.ServiceInterest> serviceInterests) {
    if (later.isEmpty() && !serviceInterests.isEmpty()) {
      var unused = threads.schedule(this::addPostponed, LATER_MILLIS, TimeUnit.MILLISECONDS);
    }
    later.addAll(serviceInterests);
  }

  private synchronized void addPostponed() {
    add(later);
    later.clear();
  }

  private synchronized void begin() {
    for (String namespace : waiting.keySet()) {
      if (listing.size() == AT_ONCE) {
        return;
      }
      if (listing.add(namespace)) {
        threads.execute(() -> list(namespace, 0));
      }
    }
  }

  private synchronized void end(String namespace) {
    listing.remove(namespace);
    Set<EndpointSliceStore.ServiceInterest> more = waiting.remove(namespace);
    if (more != null && !more.isEmpty()) {
      waiting.put(namespace, more);
    }
    begin();
  }

  private synchronized List<EndpointSliceStore.ServiceInterest> next(String namespace) {
    List<EndpointSliceStore.ServiceInterest> batch = new ArrayList<>();
    Iterator<EndpointSliceStore.ServiceInterest> more =
        waiting.getOrDefault(namespace, Set.of()).iterator();
    while (more.hasNext() && batch.size() < TOGETHER) {
      EndpointSliceStore.ServiceInterest serviceInterest = more.next();
      more.remove();
      if (slices.holds(serviceInterest)) {
        batch.add(serviceInterest);
      }
    }
    return batch;
  }

  private void list(String namespace, int failures) {
    List<EndpointSliceStore.ServiceInterest> batch = next(namespace);
    try {
      if (!batch.isEmpty()) {
        Map<ServiceKey, List<EndpointSlice>> listed = listed(namespace, batch, failures == 0);
        batch.forEach(
            serviceInterest ->
                merge(serviceInterest, listed.getOrDefault(serviceInterest.id(), List.of())));
      }
      end(namespace);
    } catch (RuntimeException e) {
      var line = e instanceof KubernetesClientException ? log.atDebug() : log.atError();
      line.addKeyValue(LogKeys.SERVICE, batch)
          .setCause(e)
          .log("EndpointSlices not listed, will be tried again");
      add(batch);
      long delay = Math.min(FIRST_RETRY_MILLIS << Math.min(failures, 10), LAST_RETRY_MILLIS);
      var unused =
          threads.schedule(() -> list(namespace, failures + 1), delay, TimeUnit.MILLISECONDS);
    }
  }

  /** One that is not understood keeps no other waiting. */
  private void merge(
      EndpointSliceStore.ServiceInterest serviceInterest, List<EndpointSlice> listed) {
    try {
      slices.merge(serviceInterest, listed);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue(LogKeys.SERVICE, serviceInterest.id())
          .setCause(e)
          .log("EndpointSlices not understood, will be listed again");
      var unused =
          threads.schedule(
              () -> add(List.of(serviceInterest)), LAST_RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Not older than what the watch has delivered, so nothing is missed; from the API server's cache,
   * which is faster than etcd. After a failure from etcd: the store may have been restored to an
   * older version, which the API server cannot have in its cache.
   */
  private Map<ServiceKey, List<EndpointSlice>> listed(
      String namespace, List<EndpointSliceStore.ServiceInterest> batch, boolean cached) {
    var options = new ListOptionsBuilder();
    if (cached) {
      options
          .withResourceVersion(Long.toUnsignedString(slices.seen()))
          .withResourceVersionMatch("NotOlderThan");
    }
    return client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace)
        .withLabelIn(
            EndpointSliceParser.SERVICE_LABEL,
            batch.stream()
                .map(serviceInterest -> serviceInterest.id().name())
                .toArray(String[]::new))
        .list(options.build())
        .getItems()
        .stream()
        .collect(
            Collectors.groupingBy(slice -> EndpointSliceParser.serviceOf(slice).orElseThrow()));
  }
}
