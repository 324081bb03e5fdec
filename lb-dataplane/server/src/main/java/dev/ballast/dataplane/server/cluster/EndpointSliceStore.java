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
 * The EndpointSlices of the Services that this node serves. The informer hands over every slice of
 * the cluster; those of other Services are dropped, so memory does not grow with them. The slices
 * of a Service that is served from now on come by a list of their own ({@link #merge}), while the
 * watch goes on.
 *
 * <p>Merging keeps what is newer. A slice that the watch saw deleted while a list was under way is
 * not taken from that list: should it have been made again, the watch still has to say so.
 */
final class EndpointSliceStore implements ItemStore<EndpointSlice> {

  private static final Logger log = LoggerFactory.getLogger(EndpointSliceStore.class);

  private final WatchEventHandler<ServiceKey> events;
  private final Map<ServiceKey, ServedService> servedService = new HashMap<>();
  private final Map<String, ServiceKey> services = new HashMap<>();
  private final Set<String> deletedWhileListing = new HashSet<>();
  private final RecentEndpointSlices justMade = new RecentEndpointSlices();

  /** Those of which not all is known. */
  private final Set<ServiceKey> incomplete = new HashSet<>();

  private long seen;
  private long interests;

  private record StoredSlice(
      EndpointSlice shell, EndpointSliceSnapshot slice, long version, boolean listed) {}

  /** One interest in a Service; given up and taken again, it is another one. */
  record ServiceInterest(ServiceKey id, long number) {}

  private static final class ServedService {
    /** Sorted, so that the same slices always give endpoints in the same order. */
    final Map<String, StoredSlice> storedSlices = new TreeMap<>();

    final ServiceInterest serviceInterest;
    boolean complete;

    /** A new Service, of which enough is known to begin. */
    boolean usable;

    ServedService(ServiceInterest serviceInterest) {
      this.serviceInterest = serviceInterest;
    }
  }

  EndpointSliceStore(WatchEventHandler<ServiceKey> events) {
    this.events = events;
  }

  /**
   * Makes {@code wanted} the served Services of those {@code among}, whatever others there are;
   * returns those whose slices have to be listed.
   */
  synchronized List<ServiceInterest> serve(Set<ServiceKey> wanted, Set<ServiceKey> among) {
    List<ServiceInterest> added = new ArrayList<>();
    for (ServiceKey id : among) {
      if (!wanted.contains(id)) {
        drop(id);
      } else if (!servedService.containsKey(id)) {
        ServiceInterest serviceInterest = new ServiceInterest(id, interests++);
        ServedService begun = new ServedService(serviceInterest);
        servedService.put(id, begun);
        incomplete.add(id);
        beginWith(justMade.take(id), begun);
        added.add(serviceInterest);
      }
    }
    endOfListing();
    return added;
  }

  private void drop(ServiceKey id) {
    ServedService dropped = servedService.remove(id);
    if (dropped != null) {
      dropped.storedSlices.keySet().forEach(services::remove);
      incomplete.remove(id);
    }
  }

  /**
   * A new Service need not wait for the list, if anything of it is ready: what the list adds comes
   * later.
   */
  private void beginWith(Map<String, EndpointSlice> seen, ServedService begun) {
    ServiceKey id = begun.serviceInterest.id();
    seen.forEach(
        (key, slice) -> {
          long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
          begun.storedSlices.put(key, item(id, slice, version, false));
          services.put(key, id);
        });
    begun.usable =
        begun.storedSlices.values().stream()
            .flatMap(storedSlice -> storedSlice.slice().endpoints().values().stream())
            .flatMap(List::stream)
            .anyMatch(endpoint -> endpoint.conditions().ready());
  }

  synchronized boolean holds(ServiceInterest serviceInterest) {
    ServedService target = servedService.get(serviceInterest.id());
    return target != null && target.serviceInterest.equals(serviceInterest);
  }

  /**
   * The newest version that the watch has delivered: a list that is not older misses nothing.
   *
   * @return 0 while nothing was delivered
   */
  synchronized long seen() {
    return seen;
  }

  /** Takes what a list found that was started after {@link #serve} had returned the interest. */
  void merge(ServiceInterest serviceInterest, Collection<EndpointSlice> listed) {
    synchronized (this) {
      ServiceKey id = serviceInterest.id();
      ServedService target = servedService.get(id);
      if (target == null || !target.serviceInterest.equals(serviceInterest)) {
        return;
      }
      for (EndpointSlice slice : listed) {
        String key = Cache.metaNamespaceKeyFunc(slice);
        long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
        StoredSlice known = target.storedSlices.get(key);
        if (!deletedWhileListing.contains(key) && (known == null || known.version() < version)) {
          target.storedSlices.put(key, item(id, slice, version, true));
          services.put(key, id);
        }
      }
      target.complete = true;
      incomplete.remove(id);
      endOfListing();
    }
    events.seen(Set.of(serviceInterest.id()));
  }

  /** The slices of a Service; empty while they are not all known, and it is not a new one. */
  synchronized Optional<List<EndpointSliceSnapshot>> of(ServiceKey id) {
    ServedService found = servedService.get(id);
    return found == null || !(found.complete || found.usable)
        ? Optional.empty()
        : Optional.of(found.storedSlices.values().stream().map(StoredSlice::slice).toList());
  }

  @Override
  public @Nullable EndpointSlice put(String key, EndpointSlice object) {
    try {
      return keep(key, object);
    } catch (RuntimeException e) {
      // Thrown on, it would end the watch: one slice would blind this node to all others.
      log.atError().setCause(e).log("EndpointSlice not understood, its last state stays: {}", key);
      return get(key);
    }
  }

  private @Nullable EndpointSlice keep(String key, EndpointSlice object) {
    long version = ResourceVersions.parse(object.getMetadata().getResourceVersion());
    EndpointSlice old = null;
    Set<ServiceKey> changes = new HashSet<>();
    synchronized (this) {
      deletedWhileListing.remove(key);
      ServiceKey before = services.get(key);
      Optional<ServiceKey> service = EndpointSliceParser.serviceOf(object);
      ServiceKey now = service.filter(servedService::containsKey).orElse(null);
      if (now == null) {
        service.ifPresent(id -> justMade.saw(key, id, object));
      }
      StoredSlice known = before == null ? null : itemsOf(before).get(key);
      old = known == null ? null : known.shell();
      if (known != null && known.listed() && known.version() > version) {
        return old; // The watch is behind the list that this slice came by.
      }
      StoredSlice storedSlice = now == null ? null : item(now, object, version, false);
      if (before != null && !before.equals(now)) {
        itemsOf(before).remove(key);
        services.remove(key);
        changes.add(before);
      }
      if (now != null && storedSlice != null) {
        itemsOf(now).put(key, storedSlice);
        services.put(key, now);
        if (known == null || !known.slice().equals(storedSlice.slice())) {
          changes.add(now);
        }
      }
    }
    events.seen(changes);
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
      justMade.deleted(key);
      service = services.remove(key);
      old = service == null ? null : itemsOf(service).remove(key);
    }
    events.seen(service == null || old == null ? Set.of() : Set.of(service));
    return old == null ? null : old.shell();
  }

  /**
   * Also notes the version: of a deleted slice that is not kept, nothing but this call tells the
   * version of its deletion.
   */
  @Override
  public synchronized String getKey(EndpointSlice object) {
    seen = Math.max(seen, ResourceVersions.parse(object.getMetadata().getResourceVersion()));
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public synchronized @Nullable EndpointSlice get(String key) {
    ServiceKey service = services.get(key);
    StoredSlice storedSlice = service == null ? null : itemsOf(service).get(key);
    return storedSlice == null ? null : storedSlice.shell();
  }

  @Override
  public synchronized Stream<String> keySet() {
    return List.copyOf(services.keySet()).stream();
  }

  @Override
  public synchronized Stream<EndpointSlice> values() {
    return servedService.values().stream()
        .flatMap(service -> service.storedSlices.values().stream())
        .map(StoredSlice::shell)
        .toList()
        .stream();
  }

  @Override
  public synchronized int size() {
    return services.size();
  }

  @Override
  public boolean isFullState() {
    return false;
  }

  private Map<String, StoredSlice> itemsOf(ServiceKey id) {
    ServedService service = servedService.get(id);
    return service == null ? new HashMap<>() : service.storedSlices;
  }

  private void endOfListing() {
    if (incomplete.isEmpty()) {
      deletedWhileListing.clear();
    }
  }

  private static StoredSlice item(
      ServiceKey id, EndpointSlice object, long version, boolean listed) {
    EndpointSlice shell = new EndpointSlice();
    shell.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(object.getMetadata().getNamespace())
            .withName(object.getMetadata().getName())
            .withResourceVersion(object.getMetadata().getResourceVersion())
            .build());
    return new StoredSlice(shell, EndpointSliceParser.read(id, object), version, listed);
  }
}
