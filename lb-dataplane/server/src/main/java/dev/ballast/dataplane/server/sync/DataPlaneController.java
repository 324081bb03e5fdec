package dev.ballast.dataplane.server.sync;

import dev.ballast.apiclient.ApiSerialization;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.ApiConnectionMonitor;
import dev.ballast.dataplane.server.cluster.ClusterWatcher;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.status.StatusApplyClient;
import dev.ballast.dataplane.server.status.StatusWriter;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the cluster: watches it, makes relay and announcer do what it wants of this node, and
 * reports. All decisions are made on one thread of its own.
 */
public final class DataPlaneController implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DataPlaneController.class);
  private static final int API_THREADS = 4;
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final Duration LONGEST_REST = Duration.ofSeconds(30);

  /** A pass over everything costs by what there is: many in a row must leave time to others. */
  private static final Duration SHORT_PASS = Duration.ofMillis(2);

  private static final int BREATH_BY_PASS = 3;
  private static final Duration LONGEST_BREATH = Duration.ofMillis(250);
  private static final Duration FREEZE = Duration.ofSeconds(3);
  private static final Duration LONGEST_PASS = Duration.ofSeconds(90);

  private final KubernetesClient client;
  private final ScheduledThreadPoolExecutor threads;
  private final ClusterWatcher clusterWatcher;
  private final StatusWriter reports;
  private final NodeReconciler nodeReconciler;
  private final Runnable leaving;
  private final Semaphore wakes = new Semaphore(0);
  private final WorkQueue workQueue = new WorkQueue(wakes::release);
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean ready;
  private volatile long passStarted;
  private long lookedAtAll = System.nanoTime();

  /**
   * Starts to follow; waits for the API server for as long as it takes, in the background.
   *
   * @param leaving called once when this node's own Pod is being deleted: SIGTERM is on its way
   */
  public static DataPlaneController start(
      NodeSettings settings,
      Relay relay,
      Announcer announcer,
      MeterRegistry metrics,
      Runnable leaving) {
    var dataPlaneController =
        new DataPlaneController(
            clientFor(Config.autoConfigure(null)),
            settings,
            RelayControl.by(relay),
            announcer,
            metrics,
            leaving);
    relay.onChange(dataPlaneController.workQueue::add);
    dataPlaneController.thread.start();
    return dataPlaneController;
  }

  /** Retries are this package's own affair: it knows what is still wanted. */
  static KubernetesClient clientFor(Config config) {
    return new KubernetesClientBuilder()
        .withKubernetesSerialization(new ApiSerialization())
        .withConfig(
            new ConfigBuilder(config)
                .withUserAgent("ballast-dataplane")
                .withConnectionTimeout(3_000)
                .withRequestTimeout(10_000)
                .withRequestRetryBackoffLimit(0)
                .withWatchReconnectInterval(200)
                .build())
        .build();
  }

  DataPlaneController(
      KubernetesClient client,
      NodeSettings settings,
      RelayControl relayControl,
      Announcer announcer,
      MeterRegistry metrics,
      Runnable leaving) {
    this.client = client;
    this.leaving = leaving;
    this.threads =
        new ScheduledThreadPoolExecutor(
            API_THREADS, Thread.ofPlatform().daemon().name("api-", 0).factory());
    threads.setRemoveOnCancelPolicy(true);
    this.clusterWatcher = new ClusterWatcher(client, settings, threads, workQueue, metrics);
    this.reports =
        new StatusWriter(
            settings.name(),
            new StatusApplyClient(client),
            threads,
            InstantSource.system(),
            metrics);
    this.nodeReconciler =
        new NodeReconciler(
            settings.name(), clusterWatcher, relayControl, announcer, reports, metrics);
    announcer.onChange(workQueue::surroundings, workQueue::addAll);
    this.thread = Thread.ofPlatform().name("conductor").unstarted(this::run);
  }

  void begin() {
    thread.start();
  }

  /** Asks for a pass that looks at everything. Never blocks. */
  void wake() {
    workQueue.addAll();
  }

  /** Whether the cluster was seen whole once and all that it wants was tried. Stays true. */
  public boolean ready() {
    return ready;
  }

  /** Whether the thread that decides gets on. */
  public boolean alive() {
    long started = passStarted;
    return stopped
        || (thread.isAlive()
            && (started == 0 || System.nanoTime() - started < LONGEST_PASS.toNanos()));
  }

  private void run() {
    try {
      if (!awaitWatches(clusterWatcher.start())) {
        return;
      }
      log.info("follows the cluster");
      while (!stopped) {
        long begun = System.nanoTime();
        NodeReconciler.ReconcileResult result = pass();
        // What wakes meanwhile is seen by one pass, not by one each.
        Thread.sleep(breathAfter(Duration.ofNanos(System.nanoTime() - begun)));
        switch (result) {
          case DONE -> rest(untilAll());
          case INCOMPLETE -> rest(RETRY);
          case LEAVING -> {
            leaving.run();
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      log.debug("conductor ended by an interrupt");
    }
  }

  /** None after a pass as short as they are where there are few Services. */
  static Duration breathAfter(Duration pass) {
    Duration breath = pass.minus(SHORT_PASS).multipliedBy(BREATH_BY_PASS);
    return breath.isNegative()
        ? Duration.ZERO
        : breath.compareTo(LONGEST_BREATH) > 0 ? LONGEST_BREATH : breath;
  }

  private boolean awaitWatches(CompletableFuture<Void> started) throws InterruptedException {
    var apiConnectionMonitor = new ApiConnectionMonitor(clusterWatcher::connected);
    var unused = threads.scheduleWithFixedDelay(apiConnectionMonitor::tick, 1, 1, TimeUnit.SECONDS);
    while (!stopped) {
      try {
        started.get(1, TimeUnit.SECONDS);
        return true;
      } catch (TimeoutException e) {
        log.debug("waiting for the first lists");
      } catch (ExecutionException e) {
        throw new IllegalStateException("a watch ended that retries for ever", e.getCause());
      }
    }
    return false;
  }

  private NodeReconciler.ReconcileResult pass() throws InterruptedException {
    wakes.drainPermits();
    passStarted = System.nanoTime();
    WorkQueue.WorkItems asked = workQueue.take();
    WorkQueue.WorkItems due = untilAll().isPositive() ? asked : WorkQueue.WorkItems.ALL;
    try {
      NodeReconciler.ReconcileResult result = nodeReconciler.pass(due);
      if (due.all()) {
        lookedAtAll = passStarted;
      }
      ready = true;
      return result;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a pass failed; the next one starts afresh");
      return NodeReconciler.ReconcileResult.INCOMPLETE;
    } finally {
      passStarted = 0;
    }
  }

  private Duration untilAll() {
    return LONGEST_REST.minusNanos(System.nanoTime() - lookedAtAll);
  }

  private void rest(Duration longest) throws InterruptedException {
    if (!wakes.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS)) {
      log.trace("nothing happened for {}", longest);
    }
  }

  /**
   * Decides nothing any more: what is served stays as it is. Returns when the pass under way is
   * over, so that the relay may be used by others; a pass that is stuck is not waited for.
   */
  public void freeze() throws InterruptedException {
    stopped = true;
    wake();
    if (!Thread.currentThread().equals(thread)) {
      thread.join(FREEZE);
    }
  }

  /** Other nodes than this one that may own addresses; 0 while the cluster was not seen. */
  public int peers() {
    return clusterWatcher.peers();
  }

  /** Removes this node's reports, within {@code patience}. Call {@link #freeze} before. */
  public void withdrawReports(Duration patience) throws InterruptedException {
    reports.withdraw(patience);
  }

  @Override
  public void close() {
    stopped = true;
    wake();
    clusterWatcher.close();
    threads.shutdownNow();
    client.close();
  }
}
