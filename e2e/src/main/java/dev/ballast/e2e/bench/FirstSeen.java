package dev.ballast.e2e.bench;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * When each object of a kind first had something, by its name, as a watch shows it.
 *
 * @param <T> the kind
 */
final class FirstSeen<T extends HasMetadata> implements Watcher<T>, AutoCloseable {

  private final String what;
  private final Function<T, Optional<String>> wanted;
  private final Map<String, CompletableFuture<Sighting>> sightings = new ConcurrentHashMap<>();
  private @Nullable Watch watch;

  /**
   * One first sight.
   *
   * @param atNanos on the clock of {@link System#nanoTime}
   */
  record Sighting(String value, long atNanos) {}

  private FirstSeen(String what, Function<T, Optional<String>> wanted) {
    this.what = what;
    this.wanted = wanted;
  }

  /**
   * Starts to watch.
   *
   * @param what it is called in a failure's message
   * @param wanted finds it in an object; empty while it is not there
   */
  static <T extends HasMetadata> FirstSeen<T> of(
      String what, Watchable<T> objects, Function<T, Optional<String>> wanted) {
    FirstSeen<T> seen = new FirstSeen<>(what, wanted);
    seen.watch = objects.watch(seen);
    return seen;
  }

  Sighting await(String name, Duration patience) throws InterruptedException {
    try {
      return sighting(name).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "%s has no %s after %s: see kubectl describe svc %s"
              .formatted(name, what, patience, name),
          e);
    }
  }

  @Override
  public void eventReceived(Action action, T object) {
    long now = System.nanoTime();
    wanted
        .apply(object)
        .ifPresent(
            value -> sighting(object.getMetadata().getName()).complete(new Sighting(value, now)));
  }

  @Override
  public void onClose(WatcherException cause) {
    sightings.values().forEach(sighting -> sighting.completeExceptionally(cause));
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }

  private CompletableFuture<Sighting> sighting(String name) {
    return sightings.computeIfAbsent(name, unused -> new CompletableFuture<>());
  }
}
