package dev.ballast.dataplane.server.relay;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the steering about frontends: all changes of one moment, or of the time that another
 * transaction takes, in one transaction. Runs on the control loop. The steering, which blocks, runs
 * on a thread of its own.
 */
final class FrontendTransactions {

  private static final Logger log = LoggerFactory.getLogger(FrontendTransactions.class);

  private final Steering steering;
  private final WorkerGroup workerGroup;
  private final Executor steeringThread = steeringThread();

  private final Map<Binding, FrontendVerdict> set = new HashMap<>();
  private final Set<Binding> removed = new HashSet<>();

  /** Of the changes above. */
  private CompletableFuture<Void> result = new CompletableFuture<>();

  private boolean requested;
  private boolean running;
  private boolean failing;

  FrontendTransactions(Steering steering, WorkerGroup workerGroup) {
    this.steering = steering;
    this.workerGroup = workerGroup;
  }

  /** One thread, which ends when it is idle. */
  private static Executor steeringThread() {
    var executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("steering").daemon().factory());
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /**
   * Sets the verdict for a frontend. Before, the workers run the tasks that are in their queues.
   * Fails with the exception of {@link Steering#apply}; then nothing has changed.
   */
  CompletionStage<Void> set(Binding binding, FrontendVerdict verdict) {
    removed.remove(binding);
    set.put(binding, verdict);
    return request();
  }

  /** Removes a frontend. When that fails, it is retried, and this completes without an error. */
  CompletionStage<Void> remove(Binding binding) {
    set.remove(binding);
    removed.add(binding);
    return request().exceptionally(failure -> null);
  }

  /** Retries what could not be removed. */
  void retry() {
    if (!removed.isEmpty()) {
      var unused = request();
    }
  }

  private CompletableFuture<Void> request() {
    if (steering.mode() == SteeringMode.BIND_UNFILTERED) {
      set.clear();
      removed.clear();
      return completedFuture(null);
    }
    if (!requested) {
      requested = true;
      if (!running) {
        workerGroup.controlLoop().execute(this::commit);
      }
    }
    return result;
  }

  private void commit() {
    FrontendChanges changes = new FrontendChanges(set, removed);
    CompletableFuture<Void> committed = result;
    set.clear();
    removed.clear();
    result = new CompletableFuture<>();
    requested = false;
    running = true;
    var unused =
        workerGroup
            .afterQueuedTasks()
            .thenRunAsync(() -> apply(changes), steeringThread)
            .whenCompleteAsync(
                (done, failure) -> committed(changes, committed, failure),
                workerGroup.controlLoop());
  }

  private void apply(FrontendChanges changes) {
    try {
      steering.apply(changes);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void committed(
      FrontendChanges changes, CompletableFuture<Void> committed, @Nullable Throwable failure) {
    running = false;
    if (failure == null) {
      failing = false;
      committed.complete(null);
    } else {
      keepRemoved(changes.removed(), WorkerGroup.cause(failure));
      committed.completeExceptionally(WorkerGroup.cause(failure));
    }
    if (requested) {
      commit();
    }
  }

  private void keepRemoved(Set<Binding> notRemoved, Throwable cause) {
    for (Binding binding : notRemoved) {
      if (!set.containsKey(binding)) {
        removed.add(binding);
      }
    }
    if (!failing && !notRemoved.isEmpty()) {
      failing = true;
      log.atWarn()
          .addKeyValue(LogKeys.CAUSE, cause.getMessage())
          .log("Cannot remove frontends from the steering, retrying. They refuse connections");
    }
  }
}
