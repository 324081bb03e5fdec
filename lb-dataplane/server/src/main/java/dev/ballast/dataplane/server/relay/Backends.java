package dev.ballast.dataplane.server.relay;

import dev.ballast.logging.LogKeys;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.core.endpoint.Availability;
import dev.ballast.dataplane.core.endpoint.Candidates;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Nearby;
import dev.ballast.dataplane.core.health.FailOpen;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.Claim;
import dev.ballast.dataplane.core.plan.Policy;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.probe.Prober;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands behind one frontend of a Service at its addresses of one family. The control loop
 * changes it; event loops see only the {@link Snapshot}, which is swapped whole.
 */
final class Backends {

  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  /** Some 8 MB when it is full. */
  private static final int KNOWN_CLIENTS = 65_536;

  /** An endpoint that keeps these keeps its connections' count and its health. */
  private record Identity(InetAddress address, int port, String pod) {
    static Identity of(Endpoint endpoint) {
      return new Identity(endpoint.address(), endpoint.port(), endpoint.pod());
    }
  }

  /**
   * What an event loop needs for a new connection.
   *
   * @param usable the backends that the picker's indices mean
   * @param clients null without affinity
   */
  record Snapshot(
      List<Backend> usable, Picker picker, Policy policy, @Nullable KnownClients clients) {
    int connections(int index) {
      return usable.get(index).connections();
    }
  }

  private final ServiceId service;
  private final EventLoop control;
  private final Prober prober;
  private final Runnable onHealthChange;
  private final Traffic traffic;
  private final AtomicInteger turn = new AtomicInteger();
  private final Map<Identity, Backend> backends = new LinkedHashMap<>();
  private Claim claim;
  private @Nullable KnownClients clients;
  private volatile Snapshot snapshot;

  Backends(
      Claim claim, Traffic traffic, EventLoop control, Prober prober, Runnable onHealthChange) {
    this.service = claim.service();
    this.traffic = traffic;
    this.control = control;
    this.prober = prober;
    this.onHealthChange = onHealthChange;
    this.claim = claim;
    renew(claim.frontend().endpoints(), true);
    this.snapshot = compute();
  }

  Snapshot snapshot() {
    return snapshot;
  }

  Traffic traffic() {
    return traffic;
  }

  int nextTurn() {
    return turn.getAndIncrement();
  }

  /**
   * Follows a new claim on the same frontend. Costs next to nothing when it says the same: a change
   * of one Service comes by all of them.
   */
  void update(Claim next) {
    if (next.equals(claim)) {
      return;
    }
    boolean checkChanged = !next.policy().check().equals(claim.policy().check());
    claim = next;
    renew(next.frontend().endpoints(), checkChanged);
    snapshot = compute();
  }

  /** Forgets clients whose affinity has timed out. */
  void forgetClients() {
    KnownClients known = clients;
    if (known != null) {
      claim.policy().affinity().ifPresent(timeout -> known.forget(timeout, System.nanoTime()));
    }
  }

  /** Ends the checks. */
  void stop() {
    backends.values().forEach(backend -> backend.probeWith(null));
  }

  List<RunningBackend> running() {
    return backends.values().stream().map(Backends::report).toList();
  }

  private void renew(List<Endpoint> endpoints, boolean checkChanged) {
    Map<Identity, Backend> before = new LinkedHashMap<>(backends);
    backends.clear();
    for (Endpoint endpoint : endpoints) {
      Identity identity = Identity.of(endpoint);
      if (backends.containsKey(identity)) {
        continue; // in two slices at once, as KEP-752 allows while it moves between them
      }
      Backend kept = before.remove(identity);
      if (kept == null) {
        Backend added = new Backend(endpoint, HealthState.initial(System.nanoTime()));
        backends.put(identity, added);
        probe(added);
      } else {
        kept.endpoint(endpoint);
        backends.put(identity, kept);
        if (checkChanged) {
          probe(kept);
        }
      }
    }
    before.values().forEach(Backend::gone);
  }

  private void probe(Backend backend) {
    if (claim.frontend().protocol() != Protocol.TCP) {
      return;
    }
    backend.probeWith(
        prober.start(
            backend.address(),
            claim.policy().check(),
            backend.health(),
            health -> control.execute(() -> healthChanged(backend, health))));
  }

  private void healthChanged(Backend backend, HealthState health) {
    if (backends.get(Identity.of(backend.endpoint())) != backend) {
      return; // removed while the result was on its way
    }
    backend.health(health);
    snapshot = compute();
    log(backend, health);
    onHealthChange.run();
  }

  private void log(Backend backend, HealthState health) {
    var line =
        LOG.atInfo()
            .addKeyValue(LogKeys.SERVICE, service)
            .addKeyValue(LogKeys.ENDPOINT, name(backend));
    switch (health) {
      case HealthState.Healthy healthy -> line.log("Backend passes its check again");
      case HealthState.Unhealthy unhealthy ->
          line.addKeyValue("why", unhealthy.why())
              .log("Backend fails its check and gets no new connections while others pass");
    }
  }

  private static String name(Backend backend) {
    Endpoint endpoint = backend.endpoint();
    String at = endpoint.address().getHostAddress() + ":" + endpoint.port();
    return endpoint.pod().isEmpty() ? at : endpoint.pod() + " (" + at + ")";
  }

  private Snapshot compute() {
    List<Backend> usable = usable();
    Picker picker =
        Picker.of(
            claim.policy(),
            usable.stream().map(Backend::endpoint).toList(),
            Hashing.of(service.toString(), 0));
    if (claim.policy().affinity().isEmpty()) {
      clients = null;
    } else if (clients == null) {
      clients = new KnownClients(KNOWN_CLIENTS);
    }
    return new Snapshot(usable, picker, claim.policy(), clients);
  }

  /**
   * Those nearby while one of them is healthy: nearness costs no client its answer. Affinity goes
   * before nearness, since its hash has to come to the same at every node.
   */
  private List<Backend> usable() {
    List<Endpoint> candidates =
        Candidates.of(backends.values().stream().map(Backend::endpoint).toList());
    List<Endpoint> near =
        claim.policy().affinity().isPresent() ? candidates : Nearby.of(candidates, claim.here());
    List<Backend> fit = of(near).stream().filter(Backend::isHealthy).toList();
    return fit.isEmpty() ? FailOpen.usable(of(candidates), Backend::isHealthy) : fit;
  }

  private List<Backend> of(List<Endpoint> endpoints) {
    Set<Endpoint> chosen = Set.copyOf(endpoints);
    return backends.values().stream()
        .filter(backend -> chosen.contains(backend.endpoint()))
        .toList();
  }

  private static RunningBackend report(Backend backend) {
    Endpoint endpoint = backend.endpoint();
    return switch (Availability.of(endpoint.conditions())) {
      case NOT_READY ->
          new RunningBackend(endpoint, BackendState.NOT_READY, "the endpoint is not ready");
      case DRAINING, FALLBACK ->
          new RunningBackend(endpoint, BackendState.DRAINING, "the endpoint is terminating");
      case UP ->
          switch (backend.health()) {
            case HealthState.Healthy healthy ->
                new RunningBackend(endpoint, BackendState.HEALTHY, "");
            case HealthState.Unhealthy unhealthy ->
                new RunningBackend(
                    endpoint, BackendState.UNHEALTHY, "check fails: " + unhealthy.why());
          };
    };
  }
}
