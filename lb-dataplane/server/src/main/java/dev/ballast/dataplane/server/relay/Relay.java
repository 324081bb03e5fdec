package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.probe.Prober;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the connections of every Service that this node serves. One a process.
 *
 * <pre>
 *   apply ──▶ Frontends ──▶ Listener ──▶ Engine ──▶ Session (client ⇄ backend), on one loop
 *                 │             (per address and port, a socket a loop)   │
 *                 └──▶ Backends ──▶ Snapshot (immutable, swapped) ◀───────┘
 *                          ▲
 *                        Probe
 * </pre>
 */
public final class Relay {

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final long RETRY_SECONDS = 1;

  /** Only for the memory: what has timed out counts for nothing before. */
  private static final long FORGET_SECONDS = 30;

  private final Lanes lanes;
  private final MeterRegistry metrics;
  private final Frontends frontends;
  private final Future<?> retrying;
  private final Future<?> forgetting;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Map<ServiceId, RunningServer> running = Map.of();

  // The rest belongs to the control loop.
  private Map<ServiceId, VirtualServer> desired = Map.of();
  private final Map<ServiceId, Meters> meters = new HashMap<>();
  private boolean publishing;
  private @Nullable CompletionStage<Void> drained;

  private Relay(Lanes lanes, MeterRegistry metrics) {
    this.lanes = lanes;
    this.metrics = metrics;
    Prober prober =
        Prober.on(lanes.all().stream().map(Lane::loop).toList(), lanes.transport()::channel);
    this.frontends = new Frontends(lanes, prober, metrics, this::publishSoon);
    this.retrying =
        lanes
            .control()
            .scheduleWithFixedDelay(this::retry, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    this.forgetting =
        lanes
            .control()
            .scheduleWithFixedDelay(
                frontends::forgetClients, FORGET_SECONDS, FORGET_SECONDS, TimeUnit.SECONDS);
  }

  /** As {@link #on(Vertx, MeterRegistry, InKernel)}, in user space. */
  public static Relay on(Vertx vertx, MeterRegistry metrics) {
    return on(vertx, metrics, InKernel.NEVER);
  }

  /** A relay on the event loops of {@code vertx}, which should prefer the native transport. */
  public static Relay on(Vertx vertx, MeterRegistry metrics, InKernel inKernel) {
    return on(vertx, metrics, inKernel, Splicing.DEFAULT);
  }

  static Relay on(Vertx vertx, MeterRegistry metrics, InKernel inKernel, Splicing splicing) {
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      loops.add((EventLoop) loop);
    }
    Transport transport = Transport.of(loops.getFirst());
    return new Relay(
        new Lanes(transport.lanes(loops, inKernel, splicing, metrics), transport), metrics);
  }

  /**
   * Makes what runs be what is desired. Completes when every frontend listens or has a reason not
   * to; that a port cannot be served is part of {@link #running()}, not a failure of this stage.
   * Calls must not overlap. Connections of a Service that is no longer desired are reset;
   * connections to an endpoint that is no longer there go on. Does nothing once {@link #drain} was
   * called.
   */
  public CompletionStage<Void> apply(Map<ServiceId, VirtualServer> desired) {
    Map<ServiceId, VirtualServer> next = Map.copyOf(desired);
    return CompletableFuture.supplyAsync(() -> applyHere(next), lanes.control())
        .thenCompose(applied -> applied);
  }

  /** What runs now. Thread-safe and cheap. */
  public Map<ServiceId, RunningServer> running() {
    return running;
  }

  /**
   * Calls {@code listener} on an event loop, so it must not block, whenever {@link #running()} has
   * changed in a way that a report shows: listening, health.
   */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /**
   * Stops accepting and lets connections finish; what is left when {@code grace} is over is reset.
   * Completes when no connection is left. {@link #running()} is empty from the moment when nothing
   * listens any more.
   */
  public CompletionStage<Void> drain(Duration grace) {
    return CompletableFuture.supplyAsync(() -> drainHere(grace), lanes.control())
        .thenCompose(drained -> drained);
  }

  private CompletionStage<Void> applyHere(Map<ServiceId, VirtualServer> next) {
    if (drained != null) {
      return CompletableFuture.completedFuture(null);
    }
    desired = next;
    return frontends
        .become(next.values())
        .thenRunAsync(
            () -> {
              meter();
              publish();
            },
            lanes.control());
  }

  private CompletionStage<Void> drainHere(Duration grace) {
    if (drained != null) {
      return drained;
    }
    retrying.cancel(false);
    forgetting.cancel(false);
    desired = Map.of();
    drained =
        frontends
            .closeAll()
            .thenRunAsync(
                () -> {
                  meter();
                  publish();
                },
                lanes.control())
            .thenComposeAsync(closed -> empty(grace), lanes.control());
    return drained;
  }

  private CompletionStage<Void> empty(Duration grace) {
    Future<?> deadline =
        lanes
            .control()
            .schedule(
                () -> {
                  var unused = lanes.reset(session -> true);
                },
                Math.max(0, grace.toNanos()),
                TimeUnit.NANOSECONDS);
    return lanes.empty().thenRun(() -> deadline.cancel(false));
  }

  private void meter() {
    meters
        .entrySet()
        .removeIf(
            entry -> {
              if (desired.containsKey(entry.getKey())) {
                return false;
              }
              entry.getValue().remove();
              return true;
            });
    RunningServer nothing = new RunningServer(0, List.of(), List.of());
    for (ServiceId id : desired.keySet()) {
      meters.computeIfAbsent(
          id,
          service ->
              Meters.ofService(metrics, service, () -> running.getOrDefault(service, nothing)));
    }
  }

  /** Many backends may change at once, as when a node of theirs dies: one report for all. */
  private void publishSoon() {
    if (!publishing) {
      publishing = true;
      lanes.control().execute(this::publish);
    }
  }

  private void publish() {
    publishing = false;
    Map<ServiceId, RunningServer> now = new LinkedHashMap<>();
    desired.forEach((id, server) -> now.put(id, frontends.running(server)));
    if (!now.equals(running)) {
      running = Map.copyOf(now);
      listeners.forEach(Runnable::run);
    }
  }

  private void retry() {
    frontends
        .retry()
        .whenComplete(
            (changed, failure) -> {
              if (failure != null) {
                LOG.atError().setCause(failure).log("A retry to listen failed because of a bug");
              } else if (changed) {
                publishSoon();
              }
            });
  }
}
