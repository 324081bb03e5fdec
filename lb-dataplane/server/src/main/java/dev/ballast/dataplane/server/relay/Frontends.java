package dev.ballast.dataplane.server.relay;

import dev.ballast.logging.LogKeys;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Family;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Changes;
import dev.ballast.dataplane.core.plan.Claim;
import dev.ballast.dataplane.core.plan.Claims;
import dev.ballast.dataplane.core.plan.Plan;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.Step;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.probe.Prober;
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

/** All listeners and what stands behind them. Belongs to the control loop. */
final class Frontends {

  private static final Logger LOG = LoggerFactory.getLogger(Frontends.class);

  /** A frontend whatever the address: what is counted as one. */
  private record Port(ServiceId service, int number, Protocol protocol) {}

  /** A frontend at the addresses of one family: what shares backends. */
  private record Key(Port port, Family family) {
    static Key of(Binding binding, Claim claim) {
      return new Key(
          new Port(claim.service(), binding.port(), binding.protocol()),
          Family.of(binding.address()));
    }
  }

  private record Counted(Traffic traffic, Meters meters) {}

  private final Lanes lanes;
  private final Engine tcp;
  private final @Nullable Engine udp;
  private final Prober prober;
  private final MeterRegistry metrics;
  private final Consumer<ServiceId> onHealthChange;
  private final Map<Port, Counted> counted = new HashMap<>();
  private final Map<Key, Backends> behind = new LinkedHashMap<>();
  private final Map<Binding, Listener> listeners = new HashMap<>();
  private final Map<Binding, ListenState> logged = new HashMap<>();
  private final Claims claims = new Claims();

  /** Where each frontend has a binding. */
  private final Map<Key, Set<Binding>> bindings = new HashMap<>();

  Frontends(Lanes lanes, Prober prober, MeterRegistry metrics, Consumer<ServiceId> onHealthChange) {
    this.lanes = lanes;
    this.tcp = lanes.transport().engine();
    this.udp = lanes.transport().udpEngine(lanes.all().size());
    this.prober = prober;
    this.metrics = metrics;
    this.onHealthChange = onHealthChange;
  }

  /**
   * Completes when every binding that changes listens or has a reason not to, with the Services of
   * which something is other than before.
   */
  CompletionStage<Set<ServiceId>> change(Changes changes) {
    Plan plan = claims.change(changes);
    List<Step.Close> ending = new ArrayList<>();
    Map<Binding, Claim> wanted = new LinkedHashMap<>();
    for (Step step : plan.steps()) {
      switch (step) {
        case Step.Close close -> ending.add(close);
        case Step.Replace(var binding, var claim) -> wanted.put(binding, claim);
        case Step.Open(var binding, var claim) -> wanted.put(binding, claim);
      }
    }
    Set<Key> left = new HashSet<>();
    ending.forEach(close -> left.addAll(unbind(close)));
    wanted.forEach(this::bind);
    return all(ending.stream().map(this::close).toList())
        .thenComposeAsync(closed -> listen(wanted), lanes.control())
        .thenApplyAsync(
            listening -> {
              forgetUnbound(left);
              return plan.concerned();
            },
            lanes.control());
  }

  private void bind(Binding binding, Claim claim) {
    Key key = Key.of(binding, claim);
    bindings.computeIfAbsent(key, unbound -> new HashSet<>()).add(binding);
    standBehind(key, claim);
  }

  private Set<Key> unbind(Step.Close close) {
    Port port = new Port(close.service(), close.binding().port(), close.binding().protocol());
    Key key = new Key(port, Family.of(close.binding().address()));
    Set<Binding> bound = bindings.getOrDefault(key, new HashSet<>());
    bound.remove(close.binding());
    return bound.isEmpty() ? Set.of(key) : Set.of();
  }

  /** Closes all listeners; connections go on. */
  CompletionStage<Void> closeAll() {
    behind.values().forEach(Backends::stop);
    List<CompletionStage<Void>> closing = new ArrayList<>();
    listeners.values().forEach(listener -> closing.add(listener.want(Listener.Wanted.CLOSED)));
    listeners.clear();
    return all(closing);
  }

  /** Tries again to listen where it did not work; completes with the Services where it helped. */
  CompletionStage<Set<ServiceId>> retry() {
    Map<Listener, ListenState> failed = new HashMap<>();
    for (Listener listener : listeners.values()) {
      if (listener.state() instanceof ListenState.Failed) {
        failed.put(listener, listener.state());
      }
    }
    return all(failed.keySet().stream().map(Listener::settle).toList())
        .thenApplyAsync(
            done -> {
              failed.keySet().forEach(this::log);
              return failed.entrySet().stream()
                  .filter(before -> !before.getValue().equals(before.getKey().state()))
                  .flatMap(before -> claims.at(before.getKey().entrance().binding()).stream())
                  .map(Claim::service)
                  .collect(Collectors.toSet());
            },
            lanes.control());
  }

  RunningServer running(VirtualServer server) {
    List<RunningFrontend> frontends = new ArrayList<>();
    Map<Object, RunningBackend> backends = new LinkedHashMap<>();
    for (var frontend : server.frontends()) {
      frontends.add(
          new RunningFrontend(
              frontend.port(),
              frontend.protocol(),
              state(server, frontend.port(), frontend.protocol())));
      Port port = new Port(server.id(), frontend.port(), frontend.protocol());
      for (Family family : Family.values()) {
        Backends each = behind.get(new Key(port, family));
        if (each != null) {
          each.running().forEach(one -> backends.merge(identity(one), one, Frontends::worse));
        }
      }
    }
    return new RunningServer(server.generation(), frontends, List.copyOf(backends.values()));
  }

  /** A Pod has an address of each family, and is one backend. */
  private static Object identity(RunningBackend backend) {
    record PodPort(String pod, int port) {}
    Endpoint endpoint = backend.endpoint();
    return endpoint.pod().isEmpty() ? endpoint : new PodPort(endpoint.pod(), endpoint.port());
  }

  private ListenState state(VirtualServer server, int port, Protocol protocol) {
    for (InetAddress address : server.addresses()) {
      ListenState state = state(server.id(), new Binding(address, port, protocol));
      if (state instanceof ListenState.Failed) {
        return state;
      }
    }
    return new ListenState.Listening();
  }

  private ListenState state(ServiceId service, Binding binding) {
    Optional<ServiceId> holder = claims.otherHolder(service, binding);
    if (holder.isPresent()) {
      return ListenFailures.takenBy(binding, holder.get());
    }
    if (engine(binding.protocol()) == null) {
      return ListenFailures.notSupported(binding);
    }
    Listener listener = listeners.get(binding);
    return listener == null ? new ListenState.Listening() : listener.state();
  }

  /** Forgets clients whose affinity has timed out. */
  void forgetClients() {
    behind.values().forEach(Backends::forgetClients);
  }

  private @Nullable Engine engine(Protocol protocol) {
    return switch (protocol) {
      case TCP -> tcp;
      case UDP -> udp;
      case SCTP -> null;
    };
  }

  private void standBehind(Key key, Claim claim) {
    Backends known = behind.get(key);
    if (known != null) {
      known.update(claim);
      return;
    }
    Traffic traffic = counted.computeIfAbsent(key.port(), this::count).traffic();
    behind.put(
        key,
        new Backends(
            claim, traffic, lanes.control(), prober, () -> onHealthChange.accept(claim.service())));
  }

  private Counted count(Port port) {
    Traffic traffic = new Traffic();
    return new Counted(
        traffic,
        Meters.ofFrontend(metrics, port.service(), port.number(), port.protocol(), traffic));
  }

  private void forgetUnbound(Set<Key> keys) {
    for (Key key : keys) {
      if (!bindings.getOrDefault(key, Set.of()).isEmpty()) {
        continue; // It has another binding meanwhile.
      }
      bindings.remove(key);
      Backends gone = behind.remove(key);
      if (gone != null) {
        gone.stop();
      }
      boolean other =
          Arrays.stream(Family.values())
              .anyMatch(family -> behind.containsKey(new Key(key.port(), family)));
      Counted port = other ? null : counted.remove(key.port());
      if (port != null) {
        port.meters().remove();
      }
    }
  }

  private CompletionStage<Void> close(Step.Close step) {
    Listener listener = listeners.remove(step.binding());
    logged.remove(step.binding());
    if (listener == null) {
      return CompletableFuture.completedFuture(null);
    }
    LOG.atInfo()
        .addKeyValue(LogKeys.SERVICE, step.service())
        .addKeyValue(LogKeys.FRONTEND, step.binding())
        .log("No longer listening, and closing the connections that came in here");
    return listener
        .want(Listener.Wanted.CLOSED)
        .thenCompose(closed -> lanes.reset(session -> session.entrance() == listener.entrance()));
  }

  private CompletionStage<Void> listen(Map<Binding, Claim> wanted) {
    List<CompletionStage<Void>> settling = new ArrayList<>();
    wanted.forEach(
        (binding, claim) -> {
          Backends each = behind.get(Key.of(binding, claim));
          Engine engine = engine(binding.protocol());
          if (engine == null || each == null) {
            return;
          }
          Listener listener =
              listeners.computeIfAbsent(
                  binding, at -> new Listener(new Entrance(at, each), engine, lanes));
          // No listener at all while nobody may take a connection: the client is refused at
          // once, where accepting first would have it believe that somebody is there.
          boolean anybody = !each.snapshot().usable().isEmpty();
          settling.add(
              listener
                  .want(anybody ? Listener.Wanted.OPEN : Listener.Wanted.RESERVED)
                  .thenRunAsync(() -> log(listener), lanes.control()));
        });
    return all(settling);
  }

  /** One line a change; silent while retries go on. */
  private void log(Listener listener) {
    Binding binding = listener.entrance().binding();
    Optional<Claim> claim = claims.at(binding);
    if (claim.isEmpty() || listener.state().equals(logged.put(binding, listener.state()))) {
      return;
    }
    ServiceId service = claim.get().service();
    switch (listener.state()) {
      case ListenState.Failed failed ->
          LOG.atWarn()
              .addKeyValue(LogKeys.SERVICE, service)
              .addKeyValue(LogKeys.FRONTEND, binding)
              .addKeyValue("reason", failed.reason())
              .log(failed.message());
      case ListenState.Listening listening ->
          LOG.atInfo()
              .addKeyValue(LogKeys.SERVICE, service)
              .addKeyValue(LogKeys.FRONTEND, binding)
              .log("Listening");
    }
  }

  private static @Nullable RunningBackend worse(RunningBackend one, RunningBackend other) {
    return one.state() == BackendState.HEALTHY ? other : one;
  }

  private static CompletableFuture<Void> all(List<CompletionStage<Void>> stages) {
    return CompletableFuture.allOf(
        stages.stream()
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new));
  }
}
