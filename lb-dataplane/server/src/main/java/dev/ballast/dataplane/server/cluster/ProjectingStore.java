package dev.ballast.dataplane.server.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An informer's store that keeps a projection of each object, and of the object itself only the
 * metadata that the informer needs. This saves memory.
 *
 * @param <T> the kind
 * @param <V> the projection; a change that leaves it equal is not reported
 */
final class ProjectingStore<T extends HasMetadata, V> implements ItemStore<T> {

  private static final Logger log = LoggerFactory.getLogger(ProjectingStore.class);

  private final Function<T, V> projection;
  private final Function<T, T> toMetadata;
  private final WatchEventHandler<String> events;
  private final ConcurrentMap<String, StoredValue<T, V>> storedValues = new ConcurrentHashMap<>();

  private record StoredValue<T, V>(T metadata, V value) {}

  ProjectingStore(
      Function<T, V> projection, Function<T, T> toMetadata, WatchEventHandler<String> events) {
    this.projection = projection;
    this.toMetadata = toMetadata;
    this.events = events;
  }

  /** The metadata of an object that informers need. */
  static <T extends HasMetadata> T metadataOnly(T object, T target) {
    target.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(object.getMetadata().getNamespace())
            .withName(object.getMetadata().getName())
            .withResourceVersion(object.getMetadata().getResourceVersion())
            .build());
    return target;
  }

  Collection<V> projected() {
    return storedValues.values().stream().map(StoredValue::value).toList();
  }

  Optional<V> projected(String key) {
    return Optional.ofNullable(storedValues.get(key)).map(StoredValue::value);
  }

  @Override
  public String getKey(T object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable T put(String key, T object) {
    V value;
    try {
      value = projection.apply(object);
    } catch (RuntimeException e) {
      // An exception would end the watch, so that one object would stop the updates of all others.
      log.atError().setCause(e).log("Cannot parse {}, keeping its last known state", key);
      return get(key);
    }
    StoredValue<T, V> old =
        storedValues.put(key, new StoredValue<>(toMetadata.apply(object), value));
    events.handle(old == null || !old.value().equals(value) ? Set.of(key) : Set.of());
    return old == null ? null : old.metadata();
  }

  @Override
  public @Nullable T remove(String key) {
    StoredValue<T, V> old = storedValues.remove(key);
    events.handle(old == null ? Set.of() : Set.of(key));
    return old == null ? null : old.metadata();
  }

  @Override
  public @Nullable T get(String key) {
    StoredValue<T, V> storedValue = storedValues.get(key);
    return storedValue == null ? null : storedValue.metadata();
  }

  @Override
  public Stream<String> keySet() {
    return List.copyOf(storedValues.keySet()).stream();
  }

  @Override
  public Stream<T> values() {
    return storedValues.values().stream().map(StoredValue::metadata).toList().stream();
  }

  @Override
  public int size() {
    return storedValues.size();
  }

  /** False tells the informer that it need not defer events: only put and remove matter. */
  @Override
  public boolean isFullState() {
    return false;
  }
}
