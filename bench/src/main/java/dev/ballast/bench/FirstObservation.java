package dev.ballast.bench;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The time at which a watch first showed a property of each object of a kind, by name.
 *
 * @param <T> the kind
 */
final class FirstObservation<T extends HasMetadata> implements AutoCloseable {

  private final String what;
  private final Function<T, Optional<String>> wanted;
  private final Map<String, CompletableFuture<Observation>> observations =
      new ConcurrentHashMap<>();
  private @Nullable Watch watch;

  /** Tells all of what one watch shows: an object is read once then, on cores that are measured. */
  private record ObservationHandler<T extends HasMetadata>(List<FirstObservation<T>> all)
      implements Watcher<T> {

    @Override
    public void eventReceived(Action action, T object) {
      long now = System.nanoTime();
      all.forEach(each -> each.saw(object, now));
    }

    @Override
    public void onClose(WatcherException cause) {
      all.forEach(each -> each.lost(cause));
    }
  }

  /**
   * The value and the time of one observation.
   *
   * @param atNanos on the clock of {@link System#nanoTime}
   */
  record Observation(String value, long atNanos) {}

  /**
   * Observes nothing before {@link #watch} is called.
   *
   * @param its name in the message of a failure
   * @param wanted finds it in an object; empty while it is not there
   */
  FirstObservation(String what, Function<T, Optional<String>> wanted) {
    this.what = what;
    this.wanted = wanted;
  }

  /** Starts to watch, for {@code others} as well; ends when this one is closed. */
  FirstObservation<T> watch(Watchable<T> objects, List<FirstObservation<T>> others) {
    watch =
        objects.watch(
            new ObservationHandler<>(Stream.concat(Stream.of(this), others.stream()).toList()));
    return this;
  }

  Observation await(String name, Duration patience) throws InterruptedException {
    try {
      return sighting(name).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "%s has no %s after %s. Run kubectl describe svc %s"
              .formatted(name, what, patience, name),
          e);
    }
  }

  private void saw(T object, long now) {
    wanted
        .apply(object)
        .ifPresent(
            value ->
                sighting(object.getMetadata().getName()).complete(new Observation(value, now)));
  }

  private void lost(WatcherException cause) {
    observations.values().forEach(observation -> observation.completeExceptionally(cause));
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }

  private CompletableFuture<Observation> sighting(String name) {
    return observations.computeIfAbsent(name, unused -> new CompletableFuture<>());
  }
}
