package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.relay.session.RelaySession;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The workers of the relay, and the control loop: it runs everything that decides (listeners,
 * backends, status), so none of it needs a lock, and health checks, which traffic must not delay.
 */
record WorkerGroup(List<Worker> workers, EventLoop controlLoop, ChannelTransport channelTransport) {

  /** Resets the sessions that match {@code which}, on every worker. */
  CompletableFuture<Void> reset(Predicate<RelaySession> which) {
    List<CompletableFuture<?>> resetting = new ArrayList<>();
    for (Worker worker : workers) {
      resetting.add(CompletableFuture.runAsync(() -> worker.reset(which), worker.loop()));
    }
    return CompletableFuture.allOf(resetting.toArray(CompletableFuture[]::new));
  }

  /** The connections and flows of clients at each of these addresses, on every worker. */
  CompletableFuture<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses) {
    List<CompletableFuture<List<FiveTuple>>> reading = new ArrayList<>();
    for (Worker worker : workers) {
      reading.add(CompletableFuture.supplyAsync(() -> worker.flows(addresses), worker.loop()));
    }
    return CompletableFuture.allOf(reading.toArray(CompletableFuture[]::new))
        .thenApply(
            read ->
                reading.stream()
                    .map(CompletableFuture::join)
                    .flatMap(List::stream)
                    .collect(Collectors.groupingBy(flow -> flow.frontend().address())));
  }

  /** An idle timeout has become shorter: each worker looks at its sessions. */
  void idleTimeoutChanged() {
    workers.forEach(worker -> worker.loop().execute(worker::idleTimeoutChanged));
  }

  /** Completes when no worker has a session. */
  CompletableFuture<Void> whenEmpty() {
    List<CompletableFuture<?>> emptying = new ArrayList<>();
    for (Worker worker : workers) {
      CompletableFuture<Void> empty = new CompletableFuture<>();
      worker.loop().execute(() -> worker.whenEmpty(() -> empty.complete(null)));
      emptying.add(empty);
    }
    return CompletableFuture.allOf(emptying.toArray(CompletableFuture[]::new));
  }

  /** Completes when every worker has run the tasks that are in its queue now. */
  CompletableFuture<Void> afterQueuedTasks() {
    return CompletableFuture.allOf(
        workers.stream()
            .map(worker -> CompletableFuture.runAsync(() -> {}, worker.loop()))
            .toArray(CompletableFuture[]::new));
  }

  /** What a stage has failed with. */
  static Throwable cause(Throwable failure) {
    Throwable inner = failure.getCause();
    return failure instanceof CompletionException && inner != null ? inner : failure;
  }

  /** Converts a Netty future. */
  static <T> CompletableFuture<T> toCompletableFuture(Future<? extends T> future) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    future.addListener(
        done -> {
          if (done.isSuccess()) {
            stage.complete(future.getNow());
          } else {
            stage.completeExceptionally(done.cause());
          }
        });
    return stage;
  }
}
