package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.address.AddressGarbageCollector;
import dev.ballast.operator.address.AddressStatusWriter;
import dev.ballast.operator.address.AddressWatch;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.EventRecorder;
import dev.ballast.operator.observe.OperatorAdminServer;
import dev.ballast.operator.observe.OperatorMetrics;
import dev.ballast.operator.pool.ClusterAddressWatch;
import dev.ballast.operator.pool.NamespaceWatch;
import dev.ballast.operator.pool.PoolReconciler;
import dev.ballast.operator.pool.PoolWatch;
import dev.ballast.operator.service.ServiceReconciler;
import dev.ballast.operator.service.ServiceReconciler.Scope;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.Cloner;
import io.javaoperatorsdk.operator.api.monitoring.AggregatedMetrics;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the operator, put together; one a process. */
final class BallastOperator {

  private static final Logger log = LoggerFactory.getLogger(BallastOperator.class);

  /** Bounds the API calls under way: a client that sends thousands at once is throttled as one. */
  private static final int RECONCILERS = 48;

  private static final Duration FIRST_CONTACT = Duration.ofSeconds(15);

  private static final GenericRetry RETRY =
      new GenericRetry()
          .withoutMaxAttempts()
          .setInitialInterval(Duration.ofMillis(100))
          .setIntervalMultiplier(2)
          .setMaxInterval(Duration.ofSeconds(30).toMillis());

  /**
   * Reconcilers read what the watches show and never change it, so that a copy for each turn, made
   * by way of JSON, would be a tenth of the CPU time spent for nothing.
   */
  private static final Cloner UNCLONED =
      new Cloner() {
        @Override
        public <R extends HasMetadata> R clone(R shown) {
          return shown;
        }
      };

  private final OperatorSettings settings;
  private final KubernetesClient client;
  private final Ipam ipam = new Ipam();
  private final OperatorMetrics metrics = new OperatorMetrics(ipam);
  private final ScheduledExecutorService eventWriters =
      Executors.newScheduledThreadPool(4, Thread.ofVirtual().name("events-", 0).factory());
  private final ExecutorService reconcilers =
      Executors.newFixedThreadPool(RECONCILERS, Thread.ofVirtual().name("reconcile-", 0).factory());
  private final AddressClaimer addressClaimer;
  private final Quarantine quarantine =
      new Quarantine(ipam.conflicts(), Quarantine.DURATION, this::onFreed);
  private final ServiceReconciler services;
  private final PoolReconciler pools;
  private final AddressGarbageCollector addressGarbageCollector;
  private final AddressStatusWriter addressStatusWriter;
  private final Operator operator;
  private final LeaderElection leaderElection;
  private final List<SharedIndexInformer<? extends HasMetadata>> watches = new ArrayList<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private @Nullable SharedIndexInformer<Address> shownAddresses;
  private @Nullable ClusterAddressWatch surroundings;
  private @Nullable OperatorAdminServer admin;

  BallastOperator(KubernetesClient client, OperatorSettings settings) {
    this(client, settings, settings.takeClassless() ? Scope.CLASSLESS_TOO : Scope.OUR_CLASS);
  }

  BallastOperator(KubernetesClient client, OperatorSettings settings, Scope scope) {
    this.client = client;
    this.settings = settings;
    InstantSource clock = InstantSource.system();
    addressClaimer = new AddressClaimer(client, ipam, metrics);
    services =
        new ServiceReconciler(
            client,
            scope,
            clock,
            new EventRecorder(client, settings.instance(), clock, eventWriters),
            addressClaimer,
            quarantine,
            this::onOrphaned);
    pools = new PoolReconciler(client, ipam.statistics(), clock);
    addressGarbageCollector = new AddressGarbageCollector(client, addressClaimer, services);
    addressStatusWriter = new AddressStatusWriter(client, ipam, clock, this::shownAddresses);
    leaderElection = new LeaderElection(client, settings, this::onLead);
    operator =
        new Operator(
            overrider -> {
              overrider
                  .withKubernetesClient(client)
                  .withExecutorService(reconcilers)
                  .withMetrics(
                      new AggregatedMetrics(
                          List.of(metrics, services.departures(), pools.cleanupMetrics())))
                  .withCloseClientOnStop(false)
                  .withResourceCloner(UNCLONED)
                  .checkingCRDAndValidateLocalModel(false);
              if (settings.leaderElection()) {
                overrider.withLeaderElectionConfiguration(leaderElection.configuration());
              }
            });
    operator.register(services, overrider -> overrider.withRetry(RETRY));
    operator.register(pools, overrider -> overrider.withRetry(RETRY));
    metrics.registerPendingServices(services::waitingCount);
  }

  /**
   * Returns once all caches are filled. The ledger is filled before the first Service is looked at:
   * a claim made earlier must never lose its address to a Service that waits.
   */
  void start() throws IOException {
    admin = OperatorAdminServer.start(settings.adminPort(), metrics, this::isLive, started::get);
    ApiServerWait.await(client, FIRST_CONTACT);
    SharedIndexInformer<Address> shown =
        AddressWatch.start(
            client,
            ipam.allocator(),
            this::onTaken,
            addressGarbageCollector::check,
            this::wake,
            this::onFreed);
    shownAddresses = shown;
    watches.add(shown);
    watches.add(NamespaceWatch.start(client, ipam.pools(), this::wakeWaiting));
    watches.add(PoolWatch.start(client, ipam.pools(), this::onPools));
    surroundings = ClusterAddressWatch.start(client, ipam.pools(), this::onPools);
    watches.add(surroundings.nodes());
    operator.start();
    started.set(true);
    if (!settings.leaderElection()) {
      onLead();
    }
    log.atInfo()
        .addKeyValue(LogKeys.INSTANCE, settings.instance())
        .addKeyValue("takeClassless", settings.takeClassless())
        .addKeyValue("adminPort", admin.port())
        .log("operator started");
  }

  /** From now on this process decides. */
  private void onLead() {
    addressGarbageCollector.start();
    addressStatusWriter.start();
  }

  private Stream<Address> shownAddresses() {
    return shownAddresses == null ? Stream.of() : shownAddresses.getStore().list().stream();
  }

  private void onOrphaned(ServiceRef gone) {
    addressGarbageCollector.check(gone);
  }

  /** What happens before the start is looked at by the start: every object is reconciled then. */
  private void onTaken() {
    if (started.get()) {
      pools.updateCounts();
    }
  }

  private void wake(ServiceRef holder) {
    if (started.get()) {
      services.wake(holder);
    }
  }

  private void onFreed() {
    if (started.get()) {
      services.wakeWaiting();
      pools.updateCounts();
      addressStatusWriter.requestUpdate();
    }
  }

  private void wakeWaiting() {
    if (started.get()) {
      services.wakeWaiting();
    }
  }

  private void onPools(Set<ServiceRef> concerned) {
    services.poolsChanged();
    onFreed();
    concerned.forEach(this::wake);
  }

  /** Takes away a program that no Service and no Address leads to. */
  void removeStray(LoadBalancer loadBalancer) {
    services.removeStray(loadBalancer);
  }

  /** Where {@code /livez}, {@code /readyz} and {@code /metrics} are, once started. */
  int adminPort() {
    return Objects.requireNonNull(admin).port();
  }

  /** A watch that ended for good cannot be mended from within. */
  private boolean isLive() {
    return watches.stream().noneMatch(watch -> watch.stopped().toCompletableFuture().isDone());
  }

  /** Lets work under way end, then gives up the lead so that the other replica need not wait. */
  void stop() {
    started.set(false);
    leaderElection.stopping();
    addressGarbageCollector.close();
    quarantine.close();
    addressStatusWriter.close();
    pools.close();
    operator.stop();
    reconcilers.shutdown();
    eventWriters.shutdown();
    try {
      boolean ended = reconcilers.awaitTermination(5, TimeUnit.SECONDS);
      ended = eventWriters.awaitTermination(2, TimeUnit.SECONDS) && ended;
      if (!ended) {
        log.atWarn().log("stopped with work under way; the next leader goes on with it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    leaderElection.release();
    if (surroundings != null) {
      surroundings.close();
    }
    watches.forEach(SharedIndexInformer::stop);
    if (admin != null) {
      admin.close();
    }
    client.close();
  }
}
