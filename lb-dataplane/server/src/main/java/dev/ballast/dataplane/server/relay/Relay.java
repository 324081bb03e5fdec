package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.health.HealthCheckScheduler;
import dev.ballast.dataplane.server.relay.backend.RejectionMonitor;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.InetAddress;
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
 * The L4 relay: accepts the connections of every Service that this node serves, and relays them to
 * backends. One a process.
 *
 * <pre>
 *   change ─▶ ListenerRegistry ─▶ Listener ─▶ RelayEngine ─▶ Session (client ⇄ backend)
 *                  │         (bound: a socket for each worker;     │
 *                  │          steered: a socket for all bindings)  │
 *                  └─▶ BackendSet ─▶ BackendSnapshot (immutable) ◀─┘
 *                          ▲
 *                   BackendHealthCheck
 * </pre>
 */
public final class Relay {

  private static final Logger log = LoggerFactory.getLogger(Relay.class);
  private static final long RETRY_SECONDS = 1;

  /** Only to free memory: an entry that has timed out has no effect. */
  private static final long EXPIRE_SECONDS = 30;

  /** Half of the direct memory, which is as large as the heap. */
  private static final long MAX_UNSENT_BYTES = PlatformDependent.maxDirectMemory() / 2;

  private final WorkerGroup workerGroup;
  private final MeterRegistry metrics;
  private final Steering steering;
  private final SteeringMode steeringMode;
  private final ListenerRegistry listenerRegistry;
  private final Future<?> retrying;
  private final Future<?> expiringAffinity;
  private final Future<?> readingRejections;
  private final List<Consumer<Set<ServiceKey>>> listeners = new CopyOnWriteArrayList<>();
  private final ConcurrentMap<ServiceKey, VirtualServerStatus> running = new ConcurrentHashMap<>();

  // Only on the control loop.
  private final Map<ServiceKey, VirtualServer> desired = new HashMap<>();
  private final Map<ServiceKey, RelayMetrics> serviceMetrics = new HashMap<>();
  private Set<ServiceKey> publishing = new HashSet<>();
  private @Nullable CompletionStage<Void> drained;

  private final CompletableFuture<Void> listenersClosed = new CompletableFuture<>();

  private Relay(WorkerGroup workerGroup, MeterRegistry metrics, RelayListeners relayListeners) {
    this.workerGroup = workerGroup;
    this.metrics = metrics;
    RelayMetrics.ofBudget(metrics, relayListeners.budget());
    this.steering = relayListeners.steering();
    this.steeringMode = relayListeners.mode();
    HealthCheckScheduler healthChecks =
        HealthCheckScheduler.on(
            List.of(workerGroup.controlLoop()), workerGroup.channelTransport()::channel);
    this.listenerRegistry =
        new ListenerRegistry(
            workerGroup, relayListeners, healthChecks, metrics, id -> publishSoon(Set.of(id)));
    this.retrying =
        workerGroup
            .controlLoop()
            .scheduleWithFixedDelay(this::retry, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    this.expiringAffinity =
        workerGroup
            .controlLoop()
            .scheduleWithFixedDelay(
                listenerRegistry::expireAffinity, EXPIRE_SECONDS, EXPIRE_SECONDS, TimeUnit.SECONDS);
    this.readingRejections =
        workerGroup
            .controlLoop()
            .scheduleWithFixedDelay(
                () -> publishSoon(listenerRegistry.readRejections()),
                RejectionMonitor.PERIOD_SECONDS,
                RejectionMonitor.PERIOD_SECONDS,
                TimeUnit.SECONDS);
  }

  /**
   * Creates a relay on the event loops of {@code vertx}, which should prefer native transport. Its
   * listeners are bound to the addresses of the Services.
   */
  public static Relay on(Vertx vertx, MeterRegistry metrics) {
    WorkerGroup workerGroup = workerGroup(vertx, vertx);
    return new Relay(workerGroup, metrics, RelayListeners.bound(workerGroup));
  }

  /**
   * As {@link #on(Vertx, MeterRegistry)}, and starts the steering: its mode decides whether
   * listeners are bound. Steered packets reach this relay after {@link #activate}. The caller
   * closes the steering, after {@link #drain}. Blocks.
   *
   * @param control whose event loop decides and checks backends, so that traffic does not delay it
   */
  public static Relay on(
      Vertx vertx,
      Vertx control,
      MeterRegistry metrics,
      Steering steering,
      RelaySettings settings) {
    WorkerGroup workerGroup = workerGroup(vertx, control);
    return new Relay(workerGroup, metrics, RelayListeners.start(workerGroup, steering, settings));
  }

  private static WorkerGroup workerGroup(Vertx vertx, Vertx control) {
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      loops.add((EventLoop) loop);
    }
    long maxUnsentBytes = MAX_UNSENT_BYTES / loops.size();
    List<Worker> workers = loops.stream().map(loop -> new Worker(loop, maxUnsentBytes)).toList();
    EventLoop controlLoop =
        (EventLoop) ((VertxInternal) control).nettyEventLoopGroup().iterator().next();
    return new WorkerGroup(workers, controlLoop, ChannelTransport.of(controlLoop));
  }

  /**
   * Replaces the desired state as a whole, and applies it as {@link #change} does. Services that
   * are not in {@code desired} are no longer served.
   */
  public CompletionStage<Void> apply(Map<ServiceKey, VirtualServer> desired) {
    Map<ServiceKey, VirtualServer> next = Map.copyOf(desired);
    return CompletableFuture.supplyAsync(
            () -> {
              Set<ServiceKey> all = new HashSet<>(this.desired.keySet());
              all.addAll(next.keySet());
              return applyChanges(VirtualServerChanges.between(this.desired, next, all));
            },
            workerGroup.controlLoop())
        .thenCompose(changed -> changed);
  }

  /**
   * Changes the desired state, and applies it. Completes when every frontend listens or has failed;
   * a port that cannot be opened is part of {@link #status()}, not a failure of this stage. Calls
   * must not overlap. Connections of a removed Service are reset. Connections to a removed endpoint
   * stay open. Does nothing after {@link #drain}. The cost depends on the changes, not on the
   * number of Services.
   */
  public CompletionStage<Void> change(VirtualServerChanges changes) {
    return CompletableFuture.supplyAsync(() -> applyChanges(changes), workerGroup.controlLoop())
        .thenCompose(changed -> changed);
  }

  /**
   * From now on, new connections reach this relay, and no other process of this node. Blocks.
   *
   * @throws IOException when the kernel rejects the rules for steering
   */
  public void activate() throws IOException {
    steering.activate();
  }

  /**
   * Lets another process of this node become active. Connections of this relay go on. Bound
   * listeners close, and then this relay never serves again: the other process needs the ports.
   *
   * @param grace for connections of bound listeners
   * @return completes when the other process can listen
   */
  public CompletionStage<Void> deactivate(Duration grace) {
    steering.deactivate();
    if (steeringMode == SteeringMode.TPROXY) {
      return CompletableFuture.completedFuture(null);
    }
    var unused = drain(grace);
    return listenersClosed;
  }

  /** How packets reach the relay. */
  public SteeringMode steeringMode() {
    return steeringMode;
  }

  /** The current status of all Services, as a view. Thread-safe and cheap. */
  public Map<ServiceKey, VirtualServerStatus> status() {
    return Collections.unmodifiableMap(running);
  }

  /**
   * Calls {@code listener} with the Services whose status in {@link #status()} has changed. It runs
   * on an event loop, so it must not block.
   */
  public void onChange(Consumer<Set<ServiceKey>> listener) {
    listeners.add(listener);
  }

  /**
   * Stops accepting, and lets connections finish. Resets those that are left after {@code grace}.
   * Completes when no connection is left. {@link #status()} is empty once all listeners are closed.
   */
  public CompletionStage<Void> drain(Duration grace) {
    return CompletableFuture.supplyAsync(() -> startDrain(grace), workerGroup.controlLoop())
        .thenCompose(drained -> drained);
  }

  /**
   * The connections and flows of clients at each of these addresses that has some, for the nodes
   * that they move to.
   */
  public CompletableFuture<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses) {
    return workerGroup.flows(addresses);
  }

  /** Completes when no connection and no flow is left. To be called once. */
  public CompletableFuture<Void> whenEmpty() {
    return CompletableFuture.supplyAsync(
            () -> drained == null ? workerGroup.whenEmpty() : drained, workerGroup.controlLoop())
        .thenCompose(empty -> empty);
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
            workerGroup.controlLoop());
  }

  private CompletionStage<Void> startDrain(Duration grace) {
    if (drained != null) {
      return drained;
    }
    retrying.cancel(false);
    expiringAffinity.cancel(false);
    readingRejections.cancel(false);
    Set<ServiceKey> all = Set.copyOf(desired.keySet());
    desired.clear();
    drained =
        listenerRegistry
            .closeAll()
            .thenRunAsync(
                () -> {
                  updateServiceMetrics(all);
                  publish(all);
                  listenersClosed.complete(null);
                },
                workerGroup.controlLoop())
            .thenComposeAsync(closed -> awaitEmpty(grace), workerGroup.controlLoop());
    return drained;
  }

  private CompletionStage<Void> awaitEmpty(Duration grace) {
    Future<?> deadline =
        workerGroup
            .controlLoop()
            .schedule(
                () -> {
                  var unused = workerGroup.reset(relaySession -> true);
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
      RelayMetrics removed = serviceMetrics.remove(id);
      if (removed != null) {
        removed.remove();
      }
    }
  }

  /**
   * Publishes once for all changes of this moment, such as when a node with many backends fails.
   */
  private void publishSoon(Set<ServiceKey> services) {
    boolean first = publishing.isEmpty();
    publishing.addAll(services);
    if (first && !services.isEmpty()) {
      workerGroup
          .controlLoop()
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
                log.atError().setCause(failure).log("Cannot retry listeners because of a bug");
              } else {
                publishSoon(changed);
              }
            });
  }
}
