package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Family;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Claim;
import dev.ballast.dataplane.core.plan.Plan;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.Step;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.probe.Prober;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
  private final Runnable onHealthChange;
  private final Map<Port, Counted> counted = new HashMap<>();
  private final Map<Key, Backends> behind = new LinkedHashMap<>();
  private final Map<Binding, Listener> listeners = new HashMap<>();
  private final Map<Binding, ListenState> logged = new HashMap<>();
  private Plan plan = new Plan(Map.of(), List.of(), List.of());

  Frontends(Lanes lanes, Prober prober, MeterRegistry metrics, Runnable onHealthChange) {
    this.lanes = lanes;
    this.tcp = lanes.transport().engine();
    this.udp = lanes.transport().udpEngine(lanes.all().size());
    this.prober = prober;
    this.metrics = metrics;
    this.onHealthChange = onHealthChange;
  }

  /** Completes when every binding listens or has a reason not to. */
  CompletionStage<Void> become(Collection<VirtualServer> desired) {
    plan = Plan.between(plan.claims(), desired);
    Set<Key> wanted = new HashSet<>();
    plan.claims()
        .forEach(
            (binding, claim) -> {
              if (wanted.add(Key.of(binding, claim))) {
                standBehind(Key.of(binding, claim), claim);
              }
            });
    List<CompletionStage<Void>> closing = new ArrayList<>();
    for (Step step : plan.steps()) {
      if (step instanceof Step.Close close) {
        closing.add(close(close));
      }
    }
    return all(closing)
        .thenComposeAsync(closed -> openAndReplace(), lanes.control())
        .thenRunAsync(() -> forgetAllBut(wanted), lanes.control());
  }

  /** Closes all listeners; connections go on. */
  CompletionStage<Void> closeAll() {
    behind.values().forEach(Backends::stop);
    List<CompletionStage<Void>> closing = new ArrayList<>();
    listeners.values().forEach(listener -> closing.add(listener.want(Listener.Wanted.CLOSED)));
    listeners.clear();
    return all(closing);
  }

  /** Tries again to listen where it did not work; completes with whether anything changed. */
  CompletionStage<Boolean> retry() {
    List<Listener> failed =
        listeners.values().stream()
            .filter(listener -> listener.state() instanceof ListenState.Failed)
            .toList();
    List<ListenState> before = failed.stream().map(Listener::state).toList();
    return all(failed.stream().map(Listener::settle).toList())
        .thenApplyAsync(
            done -> {
              failed.forEach(this::log);
              return !failed.stream().map(Listener::state).toList().equals(before);
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
    for (Plan.Refused refused : plan.refused()) {
      if (refused.binding().equals(binding) && refused.service().equals(service)) {
        return ListenFailures.takenBy(binding, refused.holder());
      }
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
    behind.put(key, new Backends(claim, traffic, lanes.control(), prober, onHealthChange));
  }

  private Counted count(Port port) {
    Traffic traffic = new Traffic();
    return new Counted(
        traffic,
        Meters.ofFrontend(metrics, port.service(), port.number(), port.protocol(), traffic));
  }

  private void forgetAllBut(Set<Key> wanted) {
    behind
        .entrySet()
        .removeIf(
            entry -> {
              if (wanted.contains(entry.getKey())) {
                return false;
              }
              entry.getValue().stop();
              return true;
            });
    Set<Port> ports = wanted.stream().map(Key::port).collect(Collectors.toSet());
    counted
        .entrySet()
        .removeIf(
            entry -> {
              if (ports.contains(entry.getKey())) {
                return false;
              }
              entry.getValue().meters().remove();
              return true;
            });
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

  private CompletionStage<Void> openAndReplace() {
    List<CompletionStage<Void>> settling = new ArrayList<>();
    plan.claims()
        .forEach(
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
    Claim claim = plan.claims().get(binding);
    if (claim == null || listener.state().equals(logged.put(binding, listener.state()))) {
      return;
    }
    switch (listener.state()) {
      case ListenState.Failed failed ->
          LOG.atWarn()
              .addKeyValue(LogKeys.SERVICE, claim.service())
              .addKeyValue(LogKeys.FRONTEND, binding)
              .addKeyValue("reason", failed.reason())
              .log(failed.message());
      case ListenState.Listening listening ->
          LOG.atInfo()
              .addKeyValue(LogKeys.SERVICE, claim.service())
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
