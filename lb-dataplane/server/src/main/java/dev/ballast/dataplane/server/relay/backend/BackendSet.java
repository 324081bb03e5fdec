package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.admission.ServiceAdmission;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAvailability;
import dev.ballast.dataplane.core.endpoint.EndpointCandidates;
import dev.ballast.dataplane.core.endpoint.TopologyHintFilter;
import dev.ballast.dataplane.core.health.FailOpen;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.BindingConfig;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.health.HealthCheckScheduler;
import dev.ballast.logging.LogKeys;
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
 * The backends of one frontend of a Service, at its addresses of one IP family. The control loop
 * changes it; event loops read only the immutable {@link BackendSnapshot}, which is replaced as a
 * whole.
 */
public final class BackendSet {

  private static final Logger log = LoggerFactory.getLogger(BackendSet.class);

  /** The identity of a backend: while it stays, so do its connection count and its health. */
  private record BackendKey(InetAddress address, int port, String pod) {
    static BackendKey of(Endpoint endpoint) {
      return new BackendKey(endpoint.address(), endpoint.port(), endpoint.pod());
    }
  }

  /**
   * What an event loop needs to pick a backend for a new connection.
   *
   * @param usable the backends that may get connections, by the index of the picker
   * @param maxConnectionsPerBackend by the limit of the Service, and by the local ports of the node
   * @param affinityTable null without affinity
   */
  public record BackendSnapshot(
      List<Backend> usable,
      Picker picker,
      ConnectionPolicy policy,
      int maxConnectionsPerBackend,
      @Nullable AffinityTable affinityTable) {
    public int connections(int index) {
      return usable.get(index).connections();
    }
  }

  private final ServiceKey service;
  private final EventLoop control;
  private final HealthCheckScheduler healthChecks;
  private final Runnable onHealthChange;
  private final TrafficCounters traffic;
  private final ServiceAdmission admission;
  private final int localPorts;
  private final AtomicInteger sequence = new AtomicInteger();
  private final Map<BackendKey, Backend> backends = new LinkedHashMap<>();
  private BindingConfig config;
  private @Nullable AffinityTable affinityTable;

  /** A task that builds the snapshot is in the queue of the control loop. */
  private boolean snapshotDue;

  private volatile BackendSnapshot snapshot;

  /**
   * @param localPorts of the node for connections to one backend
   */
  public BackendSet(
      BindingConfig config,
      TrafficCounters traffic,
      ServiceAdmission admission,
      int localPorts,
      EventLoop control,
      HealthCheckScheduler healthChecks,
      Runnable onHealthChange) {
    this.service = config.service();
    this.traffic = traffic;
    this.admission = admission;
    this.localPorts = localPorts;
    this.control = control;
    this.healthChecks = healthChecks;
    this.onHealthChange = onHealthChange;
    this.config = config;
    updateBackends(config.frontend().endpoints(), true);
    this.snapshot = buildSnapshot();
  }

  public BackendSnapshot snapshot() {
    return snapshot;
  }

  public TrafficCounters traffic() {
    return traffic;
  }

  /** Admits the connections of the Service, at all of its ports. */
  public ServiceAdmission admission() {
    return admission;
  }

  public int nextSequence() {
    return sequence.getAndIncrement();
  }

  /**
   * Applies a new configuration of the same frontend. Cheap when it is equal: every Service is
   * updated when one of them changes.
   *
   * @return whether an idle timeout is shorter than before
   */
  public boolean update(BindingConfig next) {
    if (next.equals(config)) {
      return false;
    }
    boolean shorter = isShorter(next.policy(), config.policy());
    boolean checkChanged = !next.policy().healthCheck().equals(config.policy().healthCheck());
    config = next;
    updateBackends(next.frontend().endpoints(), checkChanged);
    snapshot = buildSnapshot();
    return shorter;
  }

  private static boolean isShorter(ConnectionPolicy next, ConnectionPolicy before) {
    return next.idleTimeout().compareTo(before.idleTimeout()) < 0
        || next.udpIdleTimeout().compareTo(before.udpIdleTimeout()) < 0;
  }

  /** Removes the affinity entries that have timed out. */
  public void expireAffinity() {
    AffinityTable known = affinityTable;
    if (known != null) {
      config.policy().affinity().ifPresent(timeout -> known.expire(timeout, System.nanoTime()));
    }
  }

  /** Stops the health checks, and forgets the affinity of clients. */
  public void stop() {
    backends.values().forEach(backend -> backend.replaceHealthCheck(null));
    forgetAffinity();
  }

  private void forgetAffinity() {
    if (affinityTable != null) {
      affinityTable.close();
      affinityTable = null;
    }
  }

  public List<BackendStatus> status() {
    return backends.values().stream().map(BackendSet::statusOf).toList();
  }

  private void updateBackends(List<Endpoint> endpoints, boolean checkChanged) {
    Map<BackendKey, Backend> before = new LinkedHashMap<>(backends);
    backends.clear();
    for (Endpoint endpoint : endpoints) {
      BackendKey backendKey = BackendKey.of(endpoint);
      if (backends.containsKey(backendKey)) {
        continue; // in two EndpointSlices, as KEP-752 allows while it moves between them
      }
      Backend kept = before.remove(backendKey);
      if (kept == null) {
        Backend added = new Backend(endpoint, HealthState.initial(System.nanoTime()));
        backends.put(backendKey, added);
        startHealthCheck(added);
      } else {
        kept.endpoint(endpoint);
        backends.put(backendKey, kept);
        if (checkChanged) {
          startHealthCheck(kept);
        }
      }
    }
    before.values().forEach(Backend::retire);
  }

  private void startHealthCheck(Backend backend) {
    if (config.frontend().protocol() != Protocol.TCP) {
      return;
    }
    backend.replaceHealthCheck(
        healthChecks.start(
            backend.address(),
            config.policy().healthCheck(),
            backend.health(),
            health -> control.execute(() -> healthChanged(backend, health))));
  }

  private void healthChanged(Backend backend, HealthState health) {
    if (backends.get(BackendKey.of(backend.endpoint())) != backend) {
      return; // removed before the result arrived
    }
    backend.health(health);
    log(backend, health);
    if (!snapshotDue) {
      snapshotDue = true;
      control.execute(this::buildDueSnapshot);
    }
  }

  /** Once for all results of this moment, as when a node with a thousand Pods fails. */
  private void buildDueSnapshot() {
    snapshotDue = false;
    snapshot = buildSnapshot();
    onHealthChange.run();
  }

  private void log(Backend backend, HealthState health) {
    var line =
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, service)
            .addKeyValue(LogKeys.ENDPOINT, name(backend));
    switch (health) {
      case HealthState.Healthy healthy -> line.log("Backend is healthy again");
      case HealthState.Unhealthy unhealthy ->
          line.addKeyValue(LogKeys.CAUSE, unhealthy.message())
              .log("Backend is unhealthy, new connections go to healthy backends");
    }
  }

  private static String name(Backend backend) {
    Endpoint endpoint = backend.endpoint();
    String at = endpoint.address().getHostAddress() + ":" + endpoint.port();
    return endpoint.pod().isEmpty() ? at : endpoint.pod() + " (" + at + ")";
  }

  private BackendSnapshot buildSnapshot() {
    List<Backend> usable = usable();
    Picker picker =
        Picker.of(
            config.policy(),
            usable.stream().map(Backend::endpoint).toList(),
            Hashing.of(service.toString(), 0));
    if (config.policy().affinity().isEmpty()) {
      forgetAffinity();
    } else if (affinityTable == null) {
      affinityTable = new AffinityTable(admission.affinityEntries());
    }
    return new BackendSnapshot(
        usable, picker, config.policy(), maxConnectionsPerBackend(), affinityTable);
  }

  private int maxConnectionsPerBackend() {
    int limit = config.policy().limits().connectionsPerBackend();
    // UDP flows have local ports of their own, which the admission counts.
    return config.frontend().protocol() == Protocol.TCP ? Math.min(limit, localPorts) : limit;
  }

  /**
   * The backends that topology hints select, while one of them is healthy; otherwise all
   * candidates: hints must not make a Service unreachable. With session affinity, hints are
   * ignored, because the hash must be the same on every node.
   */
  private List<Backend> usable() {
    List<Endpoint> candidates =
        EndpointCandidates.of(backends.values().stream().map(Backend::endpoint).toList());
    List<Endpoint> near =
        config.policy().affinity().isPresent()
            ? candidates
            : TopologyHintFilter.filter(candidates, config.locality());
    List<Backend> healthy = of(near).stream().filter(Backend::isHealthy).toList();
    return healthy.isEmpty() ? FailOpen.usable(of(candidates), Backend::isHealthy) : healthy;
  }

  private List<Backend> of(List<Endpoint> endpoints) {
    Set<Endpoint> chosen = Set.copyOf(endpoints);
    return backends.values().stream()
        .filter(backend -> chosen.contains(backend.endpoint()))
        .toList();
  }

  private static BackendStatus statusOf(Backend backend) {
    Endpoint endpoint = backend.endpoint();
    return switch (EndpointAvailability.of(endpoint.conditions())) {
      case NOT_READY ->
          new BackendStatus(endpoint, BackendHealthStatus.NOT_READY, "the endpoint is not ready");
      case DRAINING, FALLBACK ->
          new BackendStatus(endpoint, BackendHealthStatus.DRAINING, "the endpoint is terminating");
      case UP ->
          switch (backend.health()) {
            case HealthState.Healthy healthy ->
                new BackendStatus(endpoint, BackendHealthStatus.HEALTHY, "");
            case HealthState.Unhealthy unhealthy ->
                new BackendStatus(
                    endpoint,
                    BackendHealthStatus.UNHEALTHY,
                    "health check fails: " + unhealthy.message());
          };
    };
  }
}
