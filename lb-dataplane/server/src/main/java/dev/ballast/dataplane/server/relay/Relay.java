package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Carries the connections of every Service that this node serves. One a process. */
public final class Relay {

  private Relay() {}

  /** A relay on the event loops of {@code vertx}. */
  public static Relay on(Vertx vertx, MeterRegistry metrics) {
    return new Relay();
  }

  /**
   * Makes what runs be what is desired. Completes when every frontend listens or has a reason not
   * to; that a port cannot be served is part of {@link #running()}, not a failure of this stage.
   * Calls must not overlap.
   */
  public CompletionStage<Void> apply(Map<ServiceId, VirtualServer> desired) {
    return CompletableFuture.completedFuture(null);
  }

  /** What runs now. Thread-safe and cheap. */
  public Map<ServiceId, RunningServer> running() {
    return Map.of();
  }

  /**
   * Calls {@code listener} on an event loop, so it must not block, whenever {@link #running()} has
   * changed in a way that a report shows: listening, health.
   */
  public void onChange(Runnable listener) {}

  /**
   * Stops accepting and lets connections finish; what is left when {@code grace} is over is reset.
   */
  public CompletionStage<Void> drain(Duration grace) {
    return CompletableFuture.completedFuture(null);
  }
}
