package dev.ballast.dataplane.server.kube;

import dev.ballast.api.wire.LeanSerialization;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.relay.Relay;
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
public final class Follower implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Follower.class);
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
  private final Watches watches;
  private final ReportWriter reports;
  private final Conductor conductor;
  private final Runnable leaving;
  private final Semaphore wakes = new Semaphore(0);
  private final Agenda agenda = new Agenda(wakes::release);
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
  public static Follower start(
      NodeSettings settings,
      Relay relay,
      Announcer announcer,
      MeterRegistry metrics,
      Runnable leaving) {
    var follower =
        new Follower(
            clientFor(Config.autoConfigure(null)),
            settings,
            Serving.by(relay),
            announcer,
            metrics,
            leaving);
    relay.onChange(follower.agenda::add);
    follower.thread.start();
    return follower;
  }

  /** Retries are this package's own affair: it knows what is still wanted. */
  static KubernetesClient clientFor(Config config) {
    return new KubernetesClientBuilder()
        .withKubernetesSerialization(new LeanSerialization())
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

  Follower(
      KubernetesClient client,
      NodeSettings settings,
      Serving serving,
      Announcer announcer,
      MeterRegistry metrics,
      Runnable leaving) {
    this.client = client;
    this.leaving = leaving;
    this.threads =
        new ScheduledThreadPoolExecutor(
            API_THREADS, Thread.ofPlatform().daemon().name("api-", 0).factory());
    threads.setRemoveOnCancelPolicy(true);
    this.watches = new Watches(client, settings, threads, agenda, metrics);
    this.reports =
        new ReportWriter(
            settings.name(), new StatusClient(client), threads, InstantSource.system(), metrics);
    this.conductor =
        new Conductor(
            settings.name(), watches, serving, Conductor.Addresses.by(announcer), reports, metrics);
    announcer.onNews(agenda::surroundings, agenda::addAll);
    this.thread = Thread.ofPlatform().name("conductor").unstarted(this::run);
  }

  void begin() {
    thread.start();
  }

  /** Asks for a pass that looks at everything. Never blocks. */
  void wake() {
    agenda.addAll();
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
      if (!awaitWatches(watches.start())) {
        return;
      }
      log.info("follows the cluster");
      while (!stopped) {
        long begun = System.nanoTime();
        Conductor.Pass pass = pass();
        // What wakes meanwhile is seen by one pass, not by one each.
        Thread.sleep(breathAfter(Duration.ofNanos(System.nanoTime() - begun)));
        switch (pass) {
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
    var contact = new Contact(watches::connected);
    var unused = threads.scheduleWithFixedDelay(contact::tick, 1, 1, TimeUnit.SECONDS);
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

  private Conductor.Pass pass() throws InterruptedException {
    wakes.drainPermits();
    passStarted = System.nanoTime();
    Agenda.Due asked = agenda.take();
    Agenda.Due due = untilAll().isPositive() ? asked : Agenda.Due.ALL;
    try {
      Conductor.Pass pass = conductor.pass(due);
      if (due.all()) {
        lookedAtAll = passStarted;
      }
      ready = true;
      return pass;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a pass failed; the next one starts afresh");
      return Conductor.Pass.INCOMPLETE;
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
    return watches.peers();
  }

  /** Removes this node's reports, within {@code patience}. Call {@link #freeze} before. */
  public void withdrawReports(Duration patience) throws InterruptedException {
    reports.withdraw(patience);
  }

  @Override
  public void close() {
    stopped = true;
    wake();
    watches.close();
    threads.shutdownNow();
    client.close();
  }
}
