package dev.ballast.dataplane.server.cluster;

import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The informer's store of EndpointSlices, which keeps those of the served Services only. The
 * informer delivers every slice of the cluster. Those of other Services are dropped, so that memory
 * does not grow with them. The slices of a newly served Service come from a separate list ({@link
 * #merge}), while the watch continues.
 *
 * <p>Merging keeps the newer version. A slice that the watch saw deleted during the list is not
 * taken from that list: if it was created again, the watch delivers it.
 */
final class EndpointSliceStore implements ItemStore<EndpointSlice> {

  private static final Logger log = LoggerFactory.getLogger(EndpointSliceStore.class);

  private final WatchEventHandler<ServiceKey> eventHandler;
  private final Map<ServiceKey, ServedService> servedServices = new HashMap<>();
  private final Map<String, ServiceKey> serviceBySlice = new HashMap<>();
  private final Set<String> deletedWhileListing = new HashSet<>();
  private final RecentEndpointSlices recentSlices = new RecentEndpointSlices();

  /** Services whose list has not arrived yet. */
  private final Set<ServiceKey> incomplete = new HashSet<>();

  private long latestVersion;
  private long nextSubscription;

  private record StoredSlice(
      EndpointSlice metadata, EndpointSliceSnapshot slice, long version, boolean fromList) {}

  /** A served Service. If it is dropped and served again, it has another number. */
  record Subscription(ServiceKey id, long number) {}

  private static final class ServedService {
    /** Sorted, so that the same slices always yield endpoints in the same order. */
    final Map<String, StoredSlice> slices = new TreeMap<>();

    final Subscription subscription;
    boolean complete;

    /** A new Service with a ready endpoint, which can be served before its list arrives. */
    boolean usable;

    ServedService(Subscription subscription) {
      this.subscription = subscription;
    }
  }

  EndpointSliceStore(WatchEventHandler<ServiceKey> eventHandler) {
    this.eventHandler = eventHandler;
  }

  /**
   * Serves those of the examined Services that are in {@code served}, and drops the others.
   * Services that are not examined stay as they are.
   *
   * @return the added ones, whose slices have to be listed
   */
  synchronized List<Subscription> setServedServices(
      Set<ServiceKey> served, Set<ServiceKey> examined) {
    List<Subscription> added = new ArrayList<>();
    for (ServiceKey id : examined) {
      if (!served.contains(id)) {
        stopServing(id);
      } else if (!servedServices.containsKey(id)) {
        Subscription subscription = new Subscription(id, nextSubscription++);
        ServedService service = new ServedService(subscription);
        servedServices.put(id, service);
        incomplete.add(id);
        seed(recentSlices.takeSlicesOf(id), service);
        added.add(subscription);
      }
    }
    clearDeletedIfComplete();
    return added;
  }

  private void stopServing(ServiceKey id) {
    ServedService dropped = servedServices.remove(id);
    if (dropped != null) {
      dropped.slices.keySet().forEach(serviceBySlice::remove);
      incomplete.remove(id);
    }
  }

  /**
   * Starts with the slices that the watch has just delivered. A new Service with a ready endpoint
   * does not wait for its list.
   */
  private void seed(Map<String, EndpointSlice> slices, ServedService service) {
    ServiceKey id = service.subscription.id();
    slices.forEach(
        (key, slice) -> {
          long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
          service.slices.put(key, storedSlice(id, slice, version, false));
          serviceBySlice.put(key, id);
        });
    service.usable =
        service.slices.values().stream()
            .flatMap(storedSlice -> storedSlice.slice().endpoints().values().stream())
            .flatMap(List::stream)
            .anyMatch(endpoint -> endpoint.conditions().ready());
  }

  synchronized boolean isCurrent(Subscription subscription) {
    ServedService target = servedServices.get(subscription.id());
    return target != null && target.subscription.equals(subscription);
  }

  /**
   * The newest resourceVersion that the watch has delivered. A list that is not older misses
   * nothing.
   *
   * @return 0 until an object is delivered
   */
  synchronized long latestVersion() {
    return latestVersion;
  }

  /** Merges the result of a list that started after {@link #setServedServices} had returned. */
  void merge(Subscription subscription, Collection<EndpointSlice> listed) {
    synchronized (this) {
      ServiceKey id = subscription.id();
      ServedService target = servedServices.get(id);
      if (target == null || !target.subscription.equals(subscription)) {
        return;
      }
      for (EndpointSlice slice : listed) {
        String key = Cache.metaNamespaceKeyFunc(slice);
        long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
        StoredSlice known = target.slices.get(key);
        if (!deletedWhileListing.contains(key) && (known == null || known.version() < version)) {
          target.slices.put(key, storedSlice(id, slice, version, true));
          serviceBySlice.put(key, id);
        }
      }
      target.complete = true;
      incomplete.remove(id);
      clearDeletedIfComplete();
    }
    eventHandler.handle(Set.of(subscription.id()));
  }

  /** The slices of a Service; empty until its list has arrived or it is usable without. */
  synchronized Optional<List<EndpointSliceSnapshot>> slicesOf(ServiceKey id) {
    ServedService found = servedServices.get(id);
    return found == null || !(found.complete || found.usable)
        ? Optional.empty()
        : Optional.of(found.slices.values().stream().map(StoredSlice::slice).toList());
  }

  @Override
  public @Nullable EndpointSlice put(String key, EndpointSlice object) {
    try {
      return store(key, object);
    } catch (RuntimeException e) {
      // An exception would end the watch, so that one slice would stop the updates of all others.
      log.atError()
          .setCause(e)
          .log("Cannot parse EndpointSlice {}, keeping its last known state", key);
      return get(key);
    }
  }

  private @Nullable EndpointSlice store(String key, EndpointSlice object) {
    long version = ResourceVersions.parse(object.getMetadata().getResourceVersion());
    EndpointSlice old = null;
    Set<ServiceKey> changes = new HashSet<>();
    synchronized (this) {
      deletedWhileListing.remove(key);
      ServiceKey before = serviceBySlice.get(key);
      Optional<ServiceKey> service = EndpointSliceParser.serviceOf(object);
      ServiceKey now = service.filter(servedServices::containsKey).orElse(null);
      if (now == null) {
        service.ifPresent(id -> recentSlices.add(key, id, object));
      }
      StoredSlice known = before == null ? null : slicesByKey(before).get(key);
      old = known == null ? null : known.metadata();
      if (known != null && known.fromList() && known.version() > version) {
        return old; // The watch is older than the list that delivered this slice.
      }
      StoredSlice storedSlice = now == null ? null : storedSlice(now, object, version, false);
      if (before != null && !before.equals(now)) {
        slicesByKey(before).remove(key);
        serviceBySlice.remove(key);
        changes.add(before);
      }
      if (now != null && storedSlice != null) {
        slicesByKey(now).put(key, storedSlice);
        serviceBySlice.put(key, now);
        if (known == null || !known.slice().equals(storedSlice.slice())) {
          changes.add(now);
        }
      }
    }
    eventHandler.handle(changes);
    return old;
  }

  @Override
  public @Nullable EndpointSlice remove(String key) {
    ServiceKey service;
    StoredSlice old;
    synchronized (this) {
      if (!incomplete.isEmpty()) {
        deletedWhileListing.add(key);
      }
      recentSlices.remove(key);
      service = serviceBySlice.remove(key);
      old = service == null ? null : slicesByKey(service).remove(key);
    }
    eventHandler.handle(service == null || old == null ? Set.of() : Set.of(service));
    return old == null ? null : old.metadata();
  }

  /**
   * Also records the resourceVersion: for a deleted slice that is not stored, only this call has
   * the version of the deletion.
   */
  @Override
  public synchronized String getKey(EndpointSlice object) {
    latestVersion =
        Math.max(latestVersion, ResourceVersions.parse(object.getMetadata().getResourceVersion()));
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public synchronized @Nullable EndpointSlice get(String key) {
    ServiceKey service = serviceBySlice.get(key);
    StoredSlice storedSlice = service == null ? null : slicesByKey(service).get(key);
    return storedSlice == null ? null : storedSlice.metadata();
  }

  @Override
  public synchronized Stream<String> keySet() {
    return List.copyOf(serviceBySlice.keySet()).stream();
  }

  @Override
  public synchronized Stream<EndpointSlice> values() {
    return servedServices.values().stream()
        .flatMap(service -> service.slices.values().stream())
        .map(StoredSlice::metadata)
        .toList()
        .stream();
  }

  @Override
  public synchronized int size() {
    return serviceBySlice.size();
  }

  @Override
  public boolean isFullState() {
    return false;
  }

  private Map<String, StoredSlice> slicesByKey(ServiceKey id) {
    ServedService service = servedServices.get(id);
    return service == null ? new HashMap<>() : service.slices;
  }

  private void clearDeletedIfComplete() {
    if (incomplete.isEmpty()) {
      deletedWhileListing.clear();
    }
  }

  private static StoredSlice storedSlice(
      ServiceKey id, EndpointSlice object, long version, boolean fromList) {
    EndpointSlice metadata = new EndpointSlice();
    metadata.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(object.getMetadata().getNamespace())
            .withName(object.getMetadata().getName())
            .withResourceVersion(object.getMetadata().getResourceVersion())
            .build());
    return new StoredSlice(metadata, EndpointSliceParser.parse(id, object), version, fromList);
  }
}
