package dev.ballast.dataplane.server.kube;

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
final class Kept<T extends HasMetadata, V> implements ItemStore<T> {

  private static final Logger log = LoggerFactory.getLogger(Kept.class);

  private final Function<T, V> read;
  private final Function<T, T> shell;
  private final WatchEvents<String> events;
  private final ConcurrentMap<String, Item<T, V>> items = new ConcurrentHashMap<>();

  private record Item<T, V>(T shell, V value) {}

  Kept(Function<T, V> read, Function<T, T> shell, WatchEvents<String> events) {
    this.read = read;
    this.shell = shell;
    this.events = events;
  }

  Collection<V> kept() {
    return items.values().stream().map(Item::value).toList();
  }

  Optional<V> kept(String key) {
    return Optional.ofNullable(items.get(key)).map(Item::value);
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
    Item<T, V> old = items.put(key, new Item<>(shell.apply(object), value));
    events.seen(old == null || !old.value().equals(value) ? Set.of(key) : Set.of());
    return old == null ? null : old.shell();
  }

  @Override
  public @Nullable T remove(String key) {
    Item<T, V> old = items.remove(key);
    events.seen(old == null ? Set.of() : Set.of(key));
    return old == null ? null : old.shell();
  }

  @Override
  public @Nullable T get(String key) {
    Item<T, V> item = items.get(key);
    return item == null ? null : item.shell();
  }

  @Override
  public Stream<String> keySet() {
    return List.copyOf(items.keySet()).stream();
  }

  @Override
  public Stream<T> values() {
    return items.values().stream().map(Item::shell).toList().stream();
  }

  @Override
  public int size() {
    return items.size();
  }

  /** Says that put and remove alone are listened to, so nothing is deferred on their behalf. */
  @Override
  public boolean isFullState() {
    return false;
  }
}
