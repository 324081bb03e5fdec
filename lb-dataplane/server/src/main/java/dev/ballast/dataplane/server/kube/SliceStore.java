package dev.ballast.dataplane.server.kube;

import dev.ballast.apiclient.ResourceVersions;

import dev.ballast.dataplane.core.plan.ServiceId;
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
final class SliceStore implements ItemStore<EndpointSlice> {

  private static final Logger log = LoggerFactory.getLogger(SliceStore.class);

  private final WatchEvents<ServiceId> events;
  private final Map<ServiceId, Served> served = new HashMap<>();
  private final Map<String, ServiceId> services = new HashMap<>();
  private final Set<String> deletedWhileListing = new HashSet<>();
  private final NewSlices justMade = new NewSlices();

  /** Those of which not all is known. */
  private final Set<ServiceId> incomplete = new HashSet<>();

  private long seen;
  private long interests;

  private record Item(EndpointSlice shell, Slice slice, long version, boolean listed) {}

  /** One interest in a Service; given up and taken again, it is another one. */
  record Interest(ServiceId id, long number) {}

  private static final class Served {
    /** Sorted, so that the same slices always give endpoints in the same order. */
    final Map<String, Item> items = new TreeMap<>();

    final Interest interest;
    boolean complete;

    /** A new Service, of which enough is known to begin. */
    boolean usable;

    Served(Interest interest) {
      this.interest = interest;
    }
  }

  SliceStore(WatchEvents<ServiceId> events) {
    this.events = events;
  }

  /**
   * Makes {@code wanted} the served Services of those {@code among}, whatever others there are;
   * returns those whose slices have to be listed.
   */
  synchronized List<Interest> serve(Set<ServiceId> wanted, Set<ServiceId> among) {
    List<Interest> added = new ArrayList<>();
    for (ServiceId id : among) {
      if (!wanted.contains(id)) {
        drop(id);
      } else if (!served.containsKey(id)) {
        Interest interest = new Interest(id, interests++);
        Served begun = new Served(interest);
        served.put(id, begun);
        incomplete.add(id);
        beginWith(justMade.take(id), begun);
        added.add(interest);
      }
    }
    endOfListing();
    return added;
  }

  private void drop(ServiceId id) {
    Served dropped = served.remove(id);
    if (dropped != null) {
      dropped.items.keySet().forEach(services::remove);
      incomplete.remove(id);
    }
  }

  /**
   * A new Service need not wait for the list, if anything of it is ready: what the list adds comes
   * later.
   */
  private void beginWith(Map<String, EndpointSlice> seen, Served begun) {
    ServiceId id = begun.interest.id();
    seen.forEach(
        (key, slice) -> {
          long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
          begun.items.put(key, item(id, slice, version, false));
          services.put(key, id);
        });
    begun.usable =
        begun.items.values().stream()
            .flatMap(item -> item.slice().endpoints().values().stream())
            .flatMap(List::stream)
            .anyMatch(endpoint -> endpoint.conditions().ready());
  }

  synchronized boolean holds(Interest interest) {
    Served target = served.get(interest.id());
    return target != null && target.interest.equals(interest);
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
  void merge(Interest interest, Collection<EndpointSlice> listed) {
    synchronized (this) {
      ServiceId id = interest.id();
      Served target = served.get(id);
      if (target == null || !target.interest.equals(interest)) {
        return;
      }
      for (EndpointSlice slice : listed) {
        String key = Cache.metaNamespaceKeyFunc(slice);
        long version = ResourceVersions.parse(slice.getMetadata().getResourceVersion());
        Item known = target.items.get(key);
        if (!deletedWhileListing.contains(key) && (known == null || known.version() < version)) {
          target.items.put(key, item(id, slice, version, true));
          services.put(key, id);
        }
      }
      target.complete = true;
      incomplete.remove(id);
      endOfListing();
    }
    events.seen(Set.of(interest.id()));
  }

  /** The slices of a Service; empty while they are not all known, and it is not a new one. */
  synchronized Optional<List<Slice>> of(ServiceId id) {
    Served found = served.get(id);
    return found == null || !(found.complete || found.usable)
        ? Optional.empty()
        : Optional.of(found.items.values().stream().map(Item::slice).toList());
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
    Set<ServiceId> changes = new HashSet<>();
    synchronized (this) {
      deletedWhileListing.remove(key);
      ServiceId before = services.get(key);
      Optional<ServiceId> service = SliceReader.serviceOf(object);
      ServiceId now = service.filter(served::containsKey).orElse(null);
      if (now == null) {
        service.ifPresent(id -> justMade.saw(key, id, object));
      }
      Item known = before == null ? null : itemsOf(before).get(key);
      old = known == null ? null : known.shell();
      if (known != null && known.listed() && known.version() > version) {
        return old; // The watch is behind the list that this slice came by.
      }
      Item item = now == null ? null : item(now, object, version, false);
      if (before != null && !before.equals(now)) {
        itemsOf(before).remove(key);
        services.remove(key);
        changes.add(before);
      }
      if (now != null && item != null) {
        itemsOf(now).put(key, item);
        services.put(key, now);
        if (known == null || !known.slice().equals(item.slice())) {
          changes.add(now);
        }
      }
    }
    events.seen(changes);
    return old;
  }

  @Override
  public @Nullable EndpointSlice remove(String key) {
    ServiceId service;
    Item old;
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
    ServiceId service = services.get(key);
    Item item = service == null ? null : itemsOf(service).get(key);
    return item == null ? null : item.shell();
  }

  @Override
  public synchronized Stream<String> keySet() {
    return List.copyOf(services.keySet()).stream();
  }

  @Override
  public synchronized Stream<EndpointSlice> values() {
    return served.values().stream()
        .flatMap(service -> service.items.values().stream())
        .map(Item::shell)
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

  private Map<String, Item> itemsOf(ServiceId id) {
    Served service = served.get(id);
    return service == null ? new HashMap<>() : service.items;
  }

  private void endOfListing() {
    if (incomplete.isEmpty()) {
      deletedWhileListing.clear();
    }
  }

  private static Item item(ServiceId id, EndpointSlice object, long version, boolean listed) {
    EndpointSlice shell = new EndpointSlice();
    shell.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(object.getMetadata().getNamespace())
            .withName(object.getMetadata().getName())
            .withResourceVersion(object.getMetadata().getResourceVersion())
            .build());
    return new Item(shell, SliceReader.read(id, object), version, listed);
  }
}
