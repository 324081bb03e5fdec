package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.claims.PeerExchange;
import dev.ballast.dataplane.server.cluster.ClusterWatcher;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.hotrestart.RoleListener;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that reconciles: waits for events, takes the node, and prepares before it has it. */
final class ReconcileLoop {

  private static final Logger log = LoggerFactory.getLogger(ReconcileLoop.class);
  private static final Duration RETRY_DELAY = Duration.ofSeconds(2);
  private static final Duration FULL_RECONCILE_INTERVAL = Duration.ofSeconds(30);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration RECONCILE_TIMEOUT = Duration.ofSeconds(90);

  private final ClusterWatcher clusterWatcher;
  private final NodeReconciler nodeReconciler;
  private final ActiveProcess activeProcess;
  private final PeerExchange peerExchange;
  private final RoleListener roleListener;
  private final SteeringMode steeringMode;
  private final WorkQueue workQueue;
  private final Semaphore wakeUps;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean ready;
  private volatile boolean ineligible;
  private volatile long reconcileStarted;
  private boolean terminating;
  private long lastFullReconcile = System.nanoTime();

  /**
   * @param wakeUps gets a permit with each event
   */
  ReconcileLoop(
      ClusterWatcher clusterWatcher,
      NodeReconciler nodeReconciler,
      ActiveProcess activeProcess,
      PeerExchange peerExchange,
      RoleListener roleListener,
      SteeringMode steeringMode,
      WorkQueue workQueue,
      Semaphore wakeUps) {
    this.clusterWatcher = clusterWatcher;
    this.nodeReconciler = nodeReconciler;
    this.activeProcess = activeProcess;
    this.peerExchange = peerExchange;
    this.roleListener = roleListener;
    this.steeringMode = steeringMode;
    this.workQueue = workQueue;
    this.wakeUps = wakeUps;
    this.thread = Thread.ofPlatform().name("reconciler").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether this process has listed the cluster, and served it once. Stays true. Thread-safe. */
  boolean ready() {
    return ready;
  }

  /** This node owns no addresses from now on. Thread-safe. */
  void setIneligible() {
    ineligible = true;
    peerExchange.setIneligible();
  }

  /** Ends soon. Thread-safe. */
  void stop() {
    stopped = true;
    workQueue.addAll();
  }

  /** Waits for a running reconciliation, but not for one that is stuck. */
  void join() throws InterruptedException {
    if (!Thread.currentThread().equals(thread)) {
      thread.join(STOP_TIMEOUT);
    }
  }

  /** Whether the thread runs and is not stuck. Thread-safe. */
  boolean alive() {
    long started = reconcileStarted;
    return stopped
        || (thread.isAlive()
            && (started == 0 || System.nanoTime() - started < RECONCILE_TIMEOUT.toNanos()));
  }

  private void run() {
    try {
      if (!awaitFirstLists(clusterWatcher.start())) {
        return;
      }
      log.info("Watching the cluster");
      while (!stopped) {
        long start = System.nanoTime();
        NodeReconciler.ReconcileResult result = takeTurnSafely();
        // One reconciliation handles all events of this pause.
        Thread.sleep(ReconcilePause.after(Duration.ofNanos(System.nanoTime() - start)));
        switch (result) {
          case DONE -> awaitWakeUp(untilFullReconcile());
          case INCOMPLETE -> awaitWakeUp(RETRY_DELAY);
          case LEAVING -> {
            if (!terminating) {
              terminating = true;
              peerExchange.setIneligible();
              roleListener.terminating();
            }
            // Goes on, since the other process of this node may end first.
            awaitWakeUp(RETRY_DELAY);
          }
        }
      }
    } catch (InterruptedException e) {
      log.debug("Reconciler interrupted");
    }
  }

  private NodeReconciler.ReconcileResult takeTurnSafely() throws InterruptedException {
    try {
      return takeTurn();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("A change of the active process failed, retrying");
      return NodeReconciler.ReconcileResult.INCOMPLETE;
    }
  }

  private boolean awaitFirstLists(CompletableFuture<Void> started) throws InterruptedException {
    activeProcess.acquireLock(wakeUps::release);
    while (!stopped) {
      activeProcess.releaseIfWanted();
      activeProcess.tellLock();
      try {
        started.get(1, TimeUnit.SECONDS);
        return true;
      } catch (TimeoutException e) {
        log.debug("Waiting for the first lists");
      } catch (ExecutionException e) {
        throw new IllegalStateException("a watch ended although it retries forever", e.getCause());
      }
    }
    return false;
  }

  /** Reconciles once. A process that does not have the node prepares instead, and wants it then. */
  private NodeReconciler.ReconcileResult takeTurn() throws InterruptedException {
    wakeUps.drainPermits();
    updateHeartbeats();
    activeProcess.releaseIfWanted();
    if (!activeProcess.hasNode()) {
      boolean listen = steeringMode == SteeringMode.TPROXY;
      NodeReconciler.ReconcileResult result = reconcile(due -> nodeReconciler.prepare(due, listen));
      if (result == NodeReconciler.ReconcileResult.DONE) {
        activeProcess.want();
      }
      return result;
    }
    if (!activeProcess.isActive()) {
      var unused = reconcile(due -> nodeReconciler.prepare(WorkQueue.WorkItems.ALL, true));
      boolean activated = activeProcess.activate();
      activeProcess.tellLock();
      if (!activated) {
        return NodeReconciler.ReconcileResult.INCOMPLETE;
      }
    }
    boolean silent = peerExchange.prepare();
    NodeReconciler.ReconcileResult result = reconcile(nodeReconciler::reconcile);
    if (silent) {
      peerExchange.resume();
    }
    return result;
  }

  /** A process that has prepared itself takes over from another one at once. */
  private void updateHeartbeats() {
    peerExchange.update(
        clusterWatcher.heartbeatKeys(),
        clusterWatcher.nodeAddresses(),
        (ready || activeProcess.isPrepared()) && !terminating && !ineligible);
  }

  private interface Reconciliation {
    NodeReconciler.ReconcileResult run(WorkQueue.WorkItems due) throws InterruptedException;
  }

  private NodeReconciler.ReconcileResult reconcile(Reconciliation reconciliation)
      throws InterruptedException {
    reconcileStarted = System.nanoTime();
    WorkQueue.WorkItems queued = workQueue.take();
    WorkQueue.WorkItems due = untilFullReconcile().isPositive() ? queued : WorkQueue.WorkItems.ALL;
    try {
      NodeReconciler.ReconcileResult result = reconciliation.run(due);
      if (due.all()) {
        lastFullReconcile = reconcileStarted;
      }
      if (activeProcess.isActive() && !ready) {
        ready = true;
        updateHeartbeats();
      }
      return result;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("Reconciliation failed, reconciling every Service next");
      return NodeReconciler.ReconcileResult.INCOMPLETE;
    } finally {
      reconcileStarted = 0;
    }
  }

  private Duration untilFullReconcile() {
    return FULL_RECONCILE_INTERVAL.minusNanos(System.nanoTime() - lastFullReconcile);
  }

  private void awaitWakeUp(Duration timeout) throws InterruptedException {
    if (!wakeUps.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      log.trace("No event for {}", timeout);
    }
  }
}
