package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.admission.AdmissionRegistry;
import dev.ballast.dataplane.core.endpoint.AddressFamily;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.BindingConfig;
import dev.ballast.dataplane.core.plan.BindingTable;
import dev.ballast.dataplane.core.plan.ListenerOperation;
import dev.ballast.dataplane.core.plan.ListenerPlan;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.health.HealthCheckScheduler;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.relay.backend.BackendSet;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import dev.ballast.dataplane.server.relay.backend.RejectionMonitor;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.logging.LogKeys;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All listeners of this node and their backend sets. Runs on the control loop. */
final class ListenerRegistry {

  private static final Logger log = LoggerFactory.getLogger(ListenerRegistry.class);

  /** A Service port at all of its addresses: the unit of metrics. */
  private record ServicePortKey(ServiceKey service, int number, Protocol protocol) {}

  /** A Service port at the addresses of one IP family: the unit of a backend set. */
  private record BackendSetKey(ServicePortKey port, AddressFamily family) {
    static BackendSetKey of(Binding binding, BindingConfig config) {
      return new BackendSetKey(
          new ServicePortKey(config.service(), binding.port(), binding.protocol()),
          AddressFamily.of(binding.address()));
    }
  }

  private record MeteredTraffic(TrafficCounters traffic, RelayMetrics metrics) {}

  private final WorkerGroup workerGroup;
  private final RelayListeners relayListeners;
  private final HealthCheckScheduler healthChecks;
  private final MeterRegistry metrics;
  private final Consumer<ServiceKey> onHealthChange;
  private final AdmissionRegistry admissionRegistry;
  private final RejectionMonitor rejectionMonitor = new RejectionMonitor();
  private final Map<ServicePortKey, MeteredTraffic> meteredTraffic = new HashMap<>();
  private final Map<BackendSetKey, BackendSet> backendSets = new LinkedHashMap<>();
  private final Map<Binding, Listener> listeners = new HashMap<>();
  private final Map<Binding, ListenerState> lastLogged = new HashMap<>();
  private final BindingTable bindingTable = new BindingTable();

  /** The bindings that use each backend set. */
  private final Map<BackendSetKey, Set<Binding>> bindings = new HashMap<>();

  ListenerRegistry(
      WorkerGroup workerGroup,
      RelayListeners relayListeners,
      HealthCheckScheduler healthChecks,
      MeterRegistry metrics,
      Consumer<ServiceKey> onHealthChange) {
    this.workerGroup = workerGroup;
    this.relayListeners = relayListeners;
    this.healthChecks = healthChecks;
    this.metrics = metrics;
    this.onHealthChange = onHealthChange;
    this.admissionRegistry = new AdmissionRegistry(relayListeners.budget());
  }

  /**
   * Completes when every changed binding listens or has failed, with the Services whose status may
   * have changed.
   */
  CompletionStage<Set<ServiceKey>> apply(VirtualServerChanges changes) {
    ListenerPlan plan = bindingTable.apply(changes);
    List<ListenerOperation.Close> closing = new ArrayList<>();
    Map<Binding, BindingConfig> wanted = new LinkedHashMap<>();
    for (ListenerOperation operation : plan.operations()) {
      switch (operation) {
        case ListenerOperation.Close close -> closing.add(close);
        case ListenerOperation.Replace(var binding, var config) -> wanted.put(binding, config);
        case ListenerOperation.Open(var binding, var config) -> wanted.put(binding, config);
      }
    }
    Set<BackendSetKey> unbound = new HashSet<>();
    closing.forEach(close -> unbound.addAll(unbind(close)));
    wanted.forEach(this::bind);
    return all(closing.stream().map(this::close).toList())
        .thenComposeAsync(closed -> listen(wanted), workerGroup.controlLoop())
        .thenApplyAsync(
            listening -> {
              removeUnbound(unbound);
              changes.removed().forEach(admissionRegistry::remove);
              return plan.affectedServices();
            },
            workerGroup.controlLoop());
  }

  private void bind(Binding binding, BindingConfig config) {
    BackendSetKey backendSetKey = BackendSetKey.of(binding, config);
    bindings.computeIfAbsent(backendSetKey, unbound -> new HashSet<>()).add(binding);
    updateBackends(backendSetKey, config);
  }

  private Set<BackendSetKey> unbind(ListenerOperation.Close close) {
    ServicePortKey port =
        new ServicePortKey(close.service(), close.binding().port(), close.binding().protocol());
    BackendSetKey backendSetKey =
        new BackendSetKey(port, AddressFamily.of(close.binding().address()));
    Set<Binding> bound = bindings.getOrDefault(backendSetKey, new HashSet<>());
    bound.remove(close.binding());
    return bound.isEmpty() ? Set.of(backendSetKey) : Set.of();
  }

  /** Accepts no new connections; those that are open go on. */
  CompletionStage<Void> closeAll() {
    backendSets.values().forEach(BackendSet::stop);
    List<CompletionStage<Void>> closing = new ArrayList<>();
    listeners
        .values()
        .forEach(listener -> closing.add(listener.moveTo(Listener.DesiredListenerState.DRAINING)));
    listeners.clear();
    return all(closing);
  }

  /**
   * Retries the listeners that have failed; completes with the Services whose status has changed.
   */
  CompletionStage<Set<ServiceKey>> retry() {
    relayListeners.frontends().retry();
    Map<Listener, ListenerState> failed = new HashMap<>();
    for (Listener listener : listeners.values()) {
      if (listener.state() instanceof ListenerState.ListenFailed) {
        failed.put(listener, listener.state());
      }
    }
    return all(failed.keySet().stream().map(Listener::retry).toList())
        .thenApplyAsync(
            done -> {
              failed.keySet().forEach(this::log);
              return failed.entrySet().stream()
                  .filter(before -> !before.getValue().equals(before.getKey().state()))
                  .flatMap(
                      before -> bindingTable.find(before.getKey().context().binding()).stream())
                  .map(BindingConfig::service)
                  .collect(Collectors.toSet());
            },
            workerGroup.controlLoop());
  }

  VirtualServerStatus status(VirtualServer server) {
    List<FrontendStatus> frontends = new ArrayList<>();
    Map<Object, BackendStatus> backends = new LinkedHashMap<>();
    for (var frontend : server.frontends()) {
      boolean hasBackend = false;
      ServicePortKey port = new ServicePortKey(server.id(), frontend.port(), frontend.protocol());
      for (AddressFamily family : AddressFamily.values()) {
        BackendSet each = backendSets.get(new BackendSetKey(port, family));
        if (each != null) {
          hasBackend |= !each.snapshot().usable().isEmpty();
          each.status()
              .forEach(one -> backends.merge(identity(one), one, ListenerRegistry::worseOf));
        }
      }
      frontends.add(
          new FrontendStatus(
              frontend.port(),
              frontend.protocol(),
              state(server, frontend.port(), frontend.protocol()),
              hasBackend));
    }
    return new VirtualServerStatus(
        server.generation(),
        frontends,
        List.copyOf(backends.values()),
        rejectionMonitor.lastingRejections(server.id()));
  }

  /** A dual-stack Pod has an address of each family, but counts as one backend. */
  private static Object identity(BackendStatus backend) {
    record PodPort(String pod, int port) {}
    Endpoint endpoint = backend.endpoint();
    return endpoint.pod().isEmpty() ? endpoint : new PodPort(endpoint.pod(), endpoint.port());
  }

  private ListenerState state(VirtualServer server, int port, Protocol protocol) {
    for (InetAddress address : server.addresses()) {
      ListenerState state = state(server.id(), new Binding(address, port, protocol));
      if (state instanceof ListenerState.ListenFailed) {
        return state;
      }
    }
    return new ListenerState.Listening();
  }

  private ListenerState state(ServiceKey service, Binding binding) {
    Optional<ServiceKey> holder = bindingTable.conflictingService(service, binding);
    if (holder.isPresent()) {
      return ListenErrorMessages.usedByService(binding, holder.get());
    }
    if (!relayListeners.protocols().contains(binding.protocol())) {
      return ListenErrorMessages.notSupported(binding);
    }
    Listener listener = listeners.get(binding);
    return listener == null ? new ListenerState.Listening() : listener.state();
  }

  /** Removes the affinity entries that have timed out. */
  void expireAffinity() {
    backendSets.values().forEach(BackendSet::expireAffinity);
  }

  /** Returns the Services that begin or end to reject connections for some time. */
  Set<ServiceKey> readRejections() {
    return rejectionMonitor.read(System.nanoTime());
  }

  private void updateBackends(BackendSetKey backendSetKey, BindingConfig config) {
    BackendSet known = backendSets.get(backendSetKey);
    if (known != null) {
      boolean looksAtIdle = known.update(config);
      if (looksAtIdle) {
        workerGroup.idleTimeoutChanged();
      }
      return;
    }
    TrafficCounters traffic =
        meteredTraffic.computeIfAbsent(backendSetKey.port(), this::newMeteredTraffic).traffic();
    backendSets.put(
        backendSetKey,
        new BackendSet(
            config,
            traffic,
            admissionRegistry.of(config.service(), System.nanoTime()),
            admissionRegistry.budget().tcpPortsPerBackend(),
            workerGroup.controlLoop(),
            healthChecks,
            () -> onHealthChange.accept(config.service())));
  }

  private MeteredTraffic newMeteredTraffic(ServicePortKey port) {
    TrafficCounters traffic = new TrafficCounters();
    rejectionMonitor.add(port.service(), traffic);
    return new MeteredTraffic(
        traffic,
        RelayMetrics.ofFrontend(metrics, port.service(), port.number(), port.protocol(), traffic));
  }

  private void removeUnbound(Set<BackendSetKey> backendSetKeys) {
    for (BackendSetKey backendSetKey : backendSetKeys) {
      if (!bindings.getOrDefault(backendSetKey, Set.of()).isEmpty()) {
        continue; // Another binding uses it meanwhile.
      }
      bindings.remove(backendSetKey);
      BackendSet removed = backendSets.remove(backendSetKey);
      if (removed != null) {
        removed.stop();
      }
      boolean other =
          Arrays.stream(AddressFamily.values())
              .anyMatch(
                  family ->
                      backendSets.containsKey(new BackendSetKey(backendSetKey.port(), family)));
      MeteredTraffic port = other ? null : meteredTraffic.remove(backendSetKey.port());
      if (port != null) {
        port.metrics().remove();
        rejectionMonitor.remove(port.traffic());
      }
    }
  }

  private CompletionStage<Void> close(ListenerOperation.Close step) {
    Listener listener = listeners.remove(step.binding());
    lastLogged.remove(step.binding());
    if (listener == null) {
      return CompletableFuture.completedFuture(null);
    }
    log.atInfo()
        .addKeyValue(LogKeys.SERVICE, step.service())
        .addKeyValue(LogKeys.FRONTEND, step.binding())
        .log("Stopped listening, resetting the connections of this listener");
    return listener.moveTo(Listener.DesiredListenerState.CLOSED);
  }

  private CompletionStage<Void> listen(Map<Binding, BindingConfig> wanted) {
    List<CompletionStage<Void>> settling = new ArrayList<>();
    wanted.forEach(
        (binding, config) -> {
          BackendSet each = backendSets.get(BackendSetKey.of(binding, config));
          if (each == null || !relayListeners.protocols().contains(binding.protocol())) {
            return;
          }
          Listener listener =
              listeners.computeIfAbsent(
                  binding, at -> relayListeners.create(new ListenerContext(at, each)));
          // Without a backend for new connections, refuse them at once: a client of an accepted
          // connection would believe that it has reached the Service.
          boolean hasBackend = !each.snapshot().usable().isEmpty();
          settling.add(
              listener
                  .moveTo(
                      hasBackend
                          ? Listener.DesiredListenerState.OPEN
                          : Listener.DesiredListenerState.REFUSING)
                  .thenRunAsync(() -> log(listener), workerGroup.controlLoop()));
        });
    return all(settling);
  }

  /** Logs a change of state; a retry that fails for the same reason logs nothing. */
  private void log(Listener listener) {
    Binding binding = listener.context().binding();
    Optional<BindingConfig> config = bindingTable.find(binding);
    if (config.isEmpty() || listener.state().equals(lastLogged.put(binding, listener.state()))) {
      return;
    }
    ServiceKey service = config.get().service();
    switch (listener.state()) {
      case ListenerState.ListenFailed failed ->
          log.atWarn()
              .addKeyValue(LogKeys.SERVICE, service)
              .addKeyValue(LogKeys.FRONTEND, binding)
              .addKeyValue(LogKeys.REASON, failed.reason())
              .log(failed.message());
      case ListenerState.Listening listening ->
          log.atInfo()
              .addKeyValue(LogKeys.SERVICE, service)
              .addKeyValue(LogKeys.FRONTEND, binding)
              .log("Listening");
    }
  }

  private static @Nullable BackendStatus worseOf(BackendStatus one, BackendStatus other) {
    return one.state() == BackendHealthStatus.HEALTHY ? other : one;
  }

  private static CompletableFuture<Void> all(List<CompletionStage<Void>> stages) {
    return CompletableFuture.allOf(
        stages.stream()
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new));
  }
}
