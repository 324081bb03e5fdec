package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.session.Session;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * All lanes of the relay. The first one's loop is also the control loop: what decides (listeners,
 * backends, reports) lives there, so nothing of it needs a lock.
 */
record WorkerGroup(List<Worker> all, ChannelTransport channelTransport) {

  EventLoop control() {
    return all.getFirst().loop();
  }

  /** Resets the sessions that match {@code which}, on every worker. */
  CompletableFuture<Void> reset(Predicate<Session> which) {
    List<CompletableFuture<?>> resetting = new ArrayList<>();
    for (Worker worker : all) {
      resetting.add(CompletableFuture.runAsync(() -> worker.reset(which), worker.loop()));
    }
    return CompletableFuture.allOf(resetting.toArray(CompletableFuture[]::new));
  }

  /** Completes when no worker has a session. */
  CompletableFuture<Void> whenEmpty() {
    List<CompletableFuture<?>> emptying = new ArrayList<>();
    for (Worker worker : all) {
      CompletableFuture<Void> empty = new CompletableFuture<>();
      worker.loop().execute(() -> worker.whenEmpty(() -> empty.complete(null)));
      emptying.add(empty);
    }
    return CompletableFuture.allOf(emptying.toArray(CompletableFuture[]::new));
  }

  /** Converts a Netty future. */
  static <T> CompletableFuture<T> toCompletableFuture(Future<T> future) {
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
