package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.health.HealthCheckScheduler;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the connections of every Service that this node serves. One a process.
 *
 * <pre>
 *   change ─▶ Frontends ──▶ Listener ──▶ Engine ──▶ Session (client ⇄ backend), on one loop
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
  private static final long EXPIRE_SECONDS = 30;

  private final WorkerGroup workerGroup;
  private final MeterRegistry metrics;
  private final ListenerRegistry listenerRegistry;
  private final Future<?> retrying;
  private final Future<?> expiringAffinity;
  private final List<Consumer<Set<ServiceKey>>> listeners = new CopyOnWriteArrayList<>();
  private final ConcurrentMap<ServiceKey, VirtualServerStatus> running = new ConcurrentHashMap<>();

  // The rest belongs to the control loop.
  private final Map<ServiceKey, VirtualServer> desired = new HashMap<>();
  private final Map<ServiceKey, RelayMetrics> serviceMetrics = new HashMap<>();
  private Set<ServiceKey> publishing = new HashSet<>();
  private @Nullable CompletionStage<Void> drained;

  private Relay(WorkerGroup workerGroup, MeterRegistry metrics) {
    this.workerGroup = workerGroup;
    this.metrics = metrics;
    HealthCheckScheduler healthChecks =
        HealthCheckScheduler.on(
            workerGroup.all().stream().map(Worker::loop).toList(),
            workerGroup.channelTransport()::channel);
    this.listenerRegistry =
        new ListenerRegistry(workerGroup, healthChecks, metrics, id -> publishSoon(Set.of(id)));
    this.retrying =
        workerGroup
            .control()
            .scheduleWithFixedDelay(this::retry, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    this.expiringAffinity =
        workerGroup
            .control()
            .scheduleWithFixedDelay(
                listenerRegistry::expireAffinity, EXPIRE_SECONDS, EXPIRE_SECONDS, TimeUnit.SECONDS);
  }

  /** A relay on the event loops of {@code vertx}, which should prefer the native transport. */
  public static Relay on(Vertx vertx, MeterRegistry metrics) {
    List<Worker> workers = new ArrayList<>();
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      workers.add(new Worker((EventLoop) loop));
    }
    ChannelTransport channelTransport = ChannelTransport.of(workers.getFirst().loop());
    return new Relay(new WorkerGroup(List.copyOf(workers), channelTransport), metrics);
  }

  /**
   * Makes what runs be what is desired, as {@link #change} does, whatever was desired before.
   * Services that are not in {@code desired} are no longer served.
   */
  public CompletionStage<Void> apply(Map<ServiceKey, VirtualServer> desired) {
    Map<ServiceKey, VirtualServer> next = Map.copyOf(desired);
    return CompletableFuture.supplyAsync(
            () -> {
              Set<ServiceKey> all = new HashSet<>(this.desired.keySet());
              all.addAll(next.keySet());
              return applyChanges(VirtualServerChanges.between(this.desired, next, all));
            },
            workerGroup.control())
        .thenCompose(changed -> changed);
  }

  /**
   * Changes what is desired, and makes it run. Completes when every frontend listens or has a
   * reason not to; that a port cannot be served is part of {@link #running()}, not a failure of
   * this stage. Calls must not overlap. Connections of a Service that is no longer desired are
   * reset; connections to an endpoint that is no longer there go on. Does nothing once {@link
   * #drain} was called. What it costs depends on what changes, not on what runs.
   */
  public CompletionStage<Void> change(VirtualServerChanges changes) {
    return CompletableFuture.supplyAsync(() -> applyChanges(changes), workerGroup.control())
        .thenCompose(changed -> changed);
  }

  /** What runs now, as a view. Thread-safe and cheap. */
  public Map<ServiceKey, VirtualServerStatus> running() {
    return Collections.unmodifiableMap(running);
  }

  /**
   * Calls {@code listener} on an event loop, so it must not block, with the Services of which
   * {@link #running()} has changed in a way that a report shows: listening, health.
   */
  public void onChange(Consumer<Set<ServiceKey>> listener) {
    listeners.add(listener);
  }

  /**
   * Stops accepting and lets connections finish; what is left when {@code grace} is over is reset.
   * Completes when no connection is left. {@link #running()} is empty from the moment when nothing
   * listens any more.
   */
  public CompletionStage<Void> drain(Duration grace) {
    return CompletableFuture.supplyAsync(() -> startDrain(grace), workerGroup.control())
        .thenCompose(drained -> drained);
  }

  private CompletionStage<Void> applyChanges(VirtualServerChanges changes) {
    if (drained != null) {
      return CompletableFuture.completedFuture(null);
    }
    changes.applyTo(desired);
    return listenerRegistry
        .apply(changes)
        .thenAcceptAsync(
            concerned -> {
              updateServiceMetrics(concerned);
              publish(concerned);
            },
            workerGroup.control());
  }

  private CompletionStage<Void> startDrain(Duration grace) {
    if (drained != null) {
      return drained;
    }
    retrying.cancel(false);
    expiringAffinity.cancel(false);
    Set<ServiceKey> all = Set.copyOf(desired.keySet());
    desired.clear();
    drained =
        listenerRegistry
            .closeAll()
            .thenRunAsync(
                () -> {
                  updateServiceMetrics(all);
                  publish(all);
                },
                workerGroup.control())
            .thenComposeAsync(closed -> awaitEmpty(grace), workerGroup.control());
    return drained;
  }

  private CompletionStage<Void> awaitEmpty(Duration grace) {
    Future<?> deadline =
        workerGroup
            .control()
            .schedule(
                () -> {
                  var unused = workerGroup.reset(session -> true);
                },
                Math.max(0, grace.toNanos()),
                TimeUnit.NANOSECONDS);
    return workerGroup.whenEmpty().thenRun(() -> deadline.cancel(false));
  }

  private void updateServiceMetrics(Set<ServiceKey> services) {
    VirtualServerStatus nothing = new VirtualServerStatus(0, List.of(), List.of());
    for (ServiceKey id : services) {
      if (desired.containsKey(id)) {
        serviceMetrics.computeIfAbsent(
            id,
            service ->
                RelayMetrics.ofService(
                    metrics, service, () -> running.getOrDefault(service, nothing)));
        continue;
      }
      RelayMetrics gone = serviceMetrics.remove(id);
      if (gone != null) {
        gone.remove();
      }
    }
  }

  /** Many backends may change at once, as when a node of theirs dies: one report for all. */
  private void publishSoon(Set<ServiceKey> services) {
    boolean first = publishing.isEmpty();
    publishing.addAll(services);
    if (first && !services.isEmpty()) {
      workerGroup
          .control()
          .execute(
              () -> {
                Set<ServiceKey> due = publishing;
                publishing = new HashSet<>();
                publish(due);
              });
    }
  }

  private void publish(Set<ServiceKey> services) {
    Set<ServiceKey> changed = new HashSet<>();
    for (ServiceKey id : services) {
      VirtualServer server = desired.get(id);
      VirtualServerStatus now = server == null ? null : listenerRegistry.status(server);
      VirtualServerStatus before = now == null ? running.remove(id) : running.put(id, now);
      if (!Objects.equals(before, now)) {
        changed.add(id);
      }
    }
    if (!changed.isEmpty()) {
      Set<ServiceKey> notified = Set.copyOf(changed);
      listeners.forEach(listener -> listener.accept(notified));
    }
  }

  private void retry() {
    listenerRegistry
        .retry()
        .whenComplete(
            (changed, failure) -> {
              if (failure != null) {
                LOG.atError().setCause(failure).log("A retry to listen failed because of a bug");
              } else {
                publishSoon(changed);
              }
            });
  }
}
