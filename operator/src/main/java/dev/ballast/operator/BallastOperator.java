package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.address.AddressGarbageCollector;
import dev.ballast.operator.address.AddressStatusWriter;
import dev.ballast.operator.address.AddressWatch;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.heartbeat.HeartbeatSecret;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.EventRecorder;
import dev.ballast.operator.observe.OperatorAdminServer;
import dev.ballast.operator.observe.OperatorMetrics;
import dev.ballast.operator.pool.ClusterAddressWatch;
import dev.ballast.operator.pool.NamespaceWatch;
import dev.ballast.operator.pool.NodeLabels;
import dev.ballast.operator.pool.PoolReconciler;
import dev.ballast.operator.pool.PoolWatch;
import dev.ballast.operator.service.LoadBalancerIntents;
import dev.ballast.operator.service.ServiceReconciler;
import dev.ballast.operator.service.ServiceScope;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.Cloner;
import io.javaoperatorsdk.operator.api.monitoring.AggregatedMetrics;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator: creates its parts and connects them. There is one in a process. */
final class BallastOperator {

  private static final Logger log = LoggerFactory.getLogger(BallastOperator.class);

  /**
   * Limits concurrent API calls: the API server throttles a client that sends thousands at once.
   */
  private static final int MAX_RECONCILES = 48;

  private static final Duration API_SERVER_TIMEOUT = Duration.ofSeconds(15);

  private static final GenericRetry RETRY =
      new GenericRetry()
          .withoutMaxAttempts()
          .setInitialInterval(Duration.ofMillis(100))
          .setIntervalMultiplier(2)
          .setMaxInterval(Duration.ofSeconds(30).toMillis());

  /**
   * Reconcilers never modify the objects of the caches. A copy for each reconcile, which JOSDK
   * makes through JSON, would cost a tenth of the CPU time to no effect.
   */
  private static final Cloner NO_CLONE =
      new Cloner() {
        @Override
        public <R extends HasMetadata> R clone(R cached) {
          return cached;
        }
      };

  private final OperatorSettings settings;
  private final KubernetesClient client;
  private final Ipam ipam = new Ipam();
  private final OperatorMetrics metrics = new OperatorMetrics(ipam);
  private final ScheduledExecutorService eventWriters =
      Executors.newScheduledThreadPool(4, Thread.ofVirtual().name("events-", 0).factory());
  private final ExecutorService reconcilers =
      Executors.newFixedThreadPool(
          MAX_RECONCILES, Thread.ofVirtual().name("reconcile-", 0).factory());
  private final AddressClaimer addressClaimer;
  private final Quarantine quarantine =
      new Quarantine(ipam.conflicts(), Quarantine.DURATION, this::onReleased);
  private final ServiceReconciler services;
  private final PoolReconciler pools;
  private final AddressGarbageCollector addressGarbageCollector;
  private final AddressStatusWriter addressStatusWriter;
  private final HeartbeatSecret heartbeatSecret;
  private final Operator operator;
  private final LeaderElection leaderElection;
  private final List<SharedIndexInformer<? extends HasMetadata>> watches = new ArrayList<>();
  private final Set<String> changedNamespaces = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private @Nullable SharedIndexInformer<Address> addressWatch;
  private @Nullable SharedIndexInformer<Namespace> namespaceWatch;
  private @Nullable ClusterAddressWatch clusterAddresses;
  private @Nullable OperatorAdminServer admin;

  BallastOperator(KubernetesClient client, OperatorSettings settings) {
    this(
        client,
        settings,
        settings.takeClassless() ? ServiceScope.CLASSLESS_TOO : ServiceScope.OUR_CLASS);
  }

  BallastOperator(KubernetesClient client, OperatorSettings settings, ServiceScope scope) {
    this.client = client;
    this.settings = settings;
    InstantSource clock = InstantSource.system();
    addressClaimer = new AddressClaimer(client, ipam, metrics);
    services =
        new ServiceReconciler(
            client,
            new LoadBalancerIntents(scope, settings.defaults(), this::annotationsOfNamespace),
            clock,
            new EventRecorder(client, settings.instance(), clock, eventWriters),
            addressClaimer,
            quarantine,
            this::onOrphaned);
    pools = new PoolReconciler(client, ipam.statistics(), this::nodeLabels, clock);
    addressGarbageCollector = new AddressGarbageCollector(client, addressClaimer, services);
    addressStatusWriter = new AddressStatusWriter(client, ipam, clock, this::cachedAddresses);
    heartbeatSecret = new HeartbeatSecret(client, settings.namespace(), settings.heartbeatSecret());
    leaderElection = new LeaderElection(client, settings, this::onLead);
    operator =
        new Operator(
            overrider -> {
              overrider
                  .withKubernetesClient(client)
                  .withExecutorService(reconcilers)
                  .withMetrics(
                      new AggregatedMetrics(
                          List.of(
                              metrics,
                              services.requeueAfterDeletion(),
                              pools.requeueAfterDeletion())))
                  .withCloseClientOnStop(false)
                  .withResourceCloner(NO_CLONE)
                  .checkingCRDAndValidateLocalModel(false);
              if (settings.leaderElection()) {
                overrider.withLeaderElectionConfiguration(leaderElection.configuration());
              }
            });
    operator.register(services, overrider -> overrider.withRetry(RETRY));
    operator.register(pools, overrider -> overrider.withRetry(RETRY));
    metrics.registerPendingServices(services::pendingCount);
    metrics.registerHeartbeatKeys(heartbeatSecret::validKeys);
  }

  /**
   * Returns once all caches are synced. The allocator knows all Addresses before the first Service
   * is reconciled: no pending Service may get an address that another one has claimed.
   */
  void start() throws IOException {
    admin = OperatorAdminServer.start(settings.adminPort(), metrics, this::isLive, started::get);
    ApiServerWait.await(client, API_SERVER_TIMEOUT);
    addressWatch =
        AddressWatch.start(
            client,
            ipam.allocator(),
            this::onAllocated,
            addressGarbageCollector::check,
            this::requeue,
            this::onReleased);
    watches.add(addressWatch);
    namespaceWatch =
        NamespaceWatch.start(client, ipam.pools(), this::requeuePending, this::onDefaultsChanged);
    watches.add(namespaceWatch);
    watches.add(PoolWatch.start(client, ipam.pools(), this::onPoolsChanged));
    clusterAddresses =
        ClusterAddressWatch.start(
            client, ipam.pools(), this::onPoolsChanged, this::onNodeLabelsChanged);
    watches.add(clusterAddresses.nodes());
    operator.start();
    started.set(true);
    requeueChangedNamespaces();
    onNodeLabelsChanged();
    if (!settings.leaderElection()) {
      onLead();
    }
    log.atInfo()
        .addKeyValue(LogKeys.INSTANCE, settings.instance())
        .addKeyValue(LogKeys.ADMIN_PORT, admin.port())
        .log(
            settings.takeClassless()
                ? "Operator started for Services of its class and without a class"
                : "Operator started for Services of its class");
  }

  /** This replica has become the leader. */
  private void onLead() {
    addressGarbageCollector.start();
    addressStatusWriter.start();
    heartbeatSecret.start();
  }

  private Stream<Address> cachedAddresses() {
    return addressWatch == null ? Stream.of() : addressWatch.getStore().list().stream();
  }

  private Map<String, String> annotationsOfNamespace(String namespace) {
    return namespaceWatch == null
        ? Map.of()
        : NamespaceWatch.annotations(namespaceWatch, namespace);
  }

  private void onNodeLabelsChanged() {
    if (started.get()) {
      pools.nodesChanged();
    }
  }

  private NodeLabels nodeLabels() {
    return clusterAddresses == null ? NodeLabels.NONE : clusterAddresses.labels();
  }

  private void onOrphaned(ServiceRef gone) {
    addressGarbageCollector.check(gone);
  }

  /** Changes before the start need no requeue, since the start reconciles every object. */
  private void onAllocated() {
    if (started.get()) {
      pools.updateCounts();
    }
  }

  private void requeue(ServiceRef holder) {
    if (started.get()) {
      services.requeue(holder);
    }
  }

  private void onReleased() {
    if (started.get()) {
      services.requeuePending();
      pools.updateCounts();
      addressStatusWriter.requestUpdate();
    }
  }

  /** A change during the start may come after the first reconcile, so it is kept until the end. */
  private void onDefaultsChanged(String namespace) {
    changedNamespaces.add(namespace);
    if (started.get()) {
      requeueChangedNamespaces();
    }
  }

  private void requeueChangedNamespaces() {
    List.copyOf(changedNamespaces).stream()
        .filter(changedNamespaces::remove)
        .forEach(services::requeueNamespace);
  }

  private void requeuePending() {
    if (started.get()) {
      services.requeuePending();
    }
  }

  private void onPoolsChanged(Set<ServiceRef> affected) {
    services.poolsChanged();
    onReleased();
    affected.forEach(this::requeue);
  }

  /** Deletes a LoadBalancer to which no Service and no Address leads. */
  void deleteStray(LoadBalancer loadBalancer) {
    services.deleteStray(loadBalancer);
  }

  /** No other operator leads for a while after {@link #stop}. */
  void keepLease() {
    leaderElection.keep();
  }

  /** The port of {@code /livez}, {@code /readyz} and {@code /metrics}, once started. */
  int adminPort() {
    return Objects.requireNonNull(admin).port();
  }

  /** A watch that has stopped for good needs a restart of the process. */
  private boolean isLive() {
    return watches.stream().noneMatch(watch -> watch.stopped().toCompletableFuture().isDone())
        && (!started.get()
            || (operator.getRuntimeInfo().isStarted()
                && informers().allMatch(InformerHealthIndicator::isRunning)));
  }

  /**
   * The watches of the reconcilers. One that is not healthy may be without the API server, and goes
   * on later. One that does not run has stopped for good.
   */
  Stream<InformerHealthIndicator> informers() {
    return operator.getRuntimeInfo().getRegisteredControllers().stream()
        .map(controller -> controller.getControllerHealthInfo())
        .flatMap(health -> health.eventSourceHealthIndicators().values().stream())
        .flatMap(
            source ->
                source instanceof InformerWrappingEventSourceHealthIndicator<?> wrapping
                    ? wrapping.informerHealthIndicators().values().stream()
                    : Stream.of());
  }

  /** Waits for running reconciles, then releases the Lease so that another replica takes over. */
  void stop() {
    started.set(false);
    leaderElection.stopping();
    addressGarbageCollector.close();
    quarantine.close();
    addressStatusWriter.close();
    heartbeatSecret.close();
    pools.close();
    operator.stop();
    reconcilers.shutdown();
    eventWriters.shutdown();
    try {
      boolean ended = reconcilers.awaitTermination(5, TimeUnit.SECONDS);
      ended = eventWriters.awaitTermination(2, TimeUnit.SECONDS) && ended;
      if (!ended) {
        log.atWarn().log("Stopped before all work was done, which the next leader continues");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    leaderElection.release();
    if (clusterAddresses != null) {
      clusterAddresses.close();
    }
    watches.forEach(SharedIndexInformer::stop);
    if (admin != null) {
      admin.close();
    }
    client.close();
  }
}
