package dev.ballast.dataplane.server.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
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
 * What an informer keeps of its objects: a value read from each, and of the object itself the
 * metadata only that the informer needs.
 *
 * @param <T> the kind
 * @param <V> what is read from it; a change that leaves it equal is no change
 */
final class ProjectingStore<T extends HasMetadata, V> implements ItemStore<T> {

  private static final Logger log = LoggerFactory.getLogger(ProjectingStore.class);

  private final Function<T, V> read;
  private final Function<T, T> shell;
  private final WatchEventHandler<String> events;
  private final ConcurrentMap<String, StoredValue<T, V>> storedValues = new ConcurrentHashMap<>();

  private record StoredValue<T, V>(T shell, V value) {}

  ProjectingStore(Function<T, V> read, Function<T, T> shell, WatchEventHandler<String> events) {
    this.read = read;
    this.shell = shell;
    this.events = events;
  }

  Collection<V> kept() {
    return storedValues.values().stream().map(StoredValue::value).toList();
  }

  Optional<V> kept(String key) {
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
      value = read.apply(object);
    } catch (RuntimeException e) {
      // Thrown on, it would end the watch: one object would blind this node to all others.
      log.atError().setCause(e).log("not understood, so its last known state stays: {}", key);
      return get(key);
    }
    StoredValue<T, V> old = storedValues.put(key, new StoredValue<>(shell.apply(object), value));
    events.seen(old == null || !old.value().equals(value) ? Set.of(key) : Set.of());
    return old == null ? null : old.shell();
  }

  @Override
  public @Nullable T remove(String key) {
    StoredValue<T, V> old = storedValues.remove(key);
    events.seen(old == null ? Set.of() : Set.of(key));
    return old == null ? null : old.shell();
  }

  @Override
  public @Nullable T get(String key) {
    StoredValue<T, V> storedValue = storedValues.get(key);
    return storedValue == null ? null : storedValue.shell();
  }

  @Override
  public Stream<String> keySet() {
    return List.copyOf(storedValues.keySet()).stream();
  }

  @Override
  public Stream<T> values() {
    return storedValues.values().stream().map(StoredValue::shell).toList().stream();
  }

  @Override
  public int size() {
    return storedValues.size();
  }

  /** Says that put and remove alone are listened to, so nothing is deferred on their behalf. */
  @Override
  public boolean isFullState() {
    return false;
  }
}
