package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.hotrestart.RoleListener;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process is the active one of its node, and how it becomes so and stops being so. The
 * thread of the reconciler uses it, apart from what is said to be thread-safe.
 */
final class ActiveProcess {

  private static final Logger log = LoggerFactory.getLogger(ActiveProcess.class);

  private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(3);

  /** Then another process of the node gets a chance. */
  private static final int MAX_FAILURES = 3;

  private final NodeLock nodeLock;
  private final NodeReconciler nodeReconciler;
  private final SteeringMode steeringMode;
  private final RoleListener roleListener;
  private volatile boolean active;
  private volatile boolean leaving;
  private boolean superseded;
  private boolean prepared;
  private boolean lockTold;
  private int failures;

  ActiveProcess(
      NodeLock nodeLock,
      NodeReconciler nodeReconciler,
      SteeringMode steeringMode,
      RoleListener roleListener) {
    this.nodeLock = nodeLock;
    this.nodeReconciler = nodeReconciler;
    this.steeringMode = steeringMode;
    this.roleListener = roleListener;
  }

  /** Thread-safe. */
  boolean isActive() {
    return active;
  }

  /** Whether this process was ready to serve before it had the node. */
  boolean isPrepared() {
    return prepared;
  }

  /** Whether this process has the node, and no other one can become active. Thread-safe. */
  boolean hasNode() {
    return nodeLock.isHeld();
  }

  /**
   * Acquires the lock of the node, now or later.
   *
   * @param changed called when the lock may have a new state
   */
  void acquireLock(Runnable changed) {
    nodeLock.acquire(changed);
  }

  /** Whether another process of the node is there. Thread-safe. */
  boolean isAwaited() {
    return nodeLock.isAwaited();
  }

  /** From now on, any other process of this node may have the node. Thread-safe. */
  void leave() {
    leaving = true;
  }

  /** Does not become active any more. Thread-safe. */
  void close() {
    nodeLock.close();
  }

  /**
   * This process is ready to serve. It wants the node once in its life, so that two processes do
   * not take it from each other.
   */
  void want() {
    prepared = true;
    if (!superseded) {
      nodeLock.want();
    }
  }

  /** Tells the listener about the lock, if it does not know yet. */
  void tellLock() {
    if (nodeLock.isHeld() && !lockTold) {
      lockTold = true;
      roleListener.lockAcquired();
    }
  }

  /** Returns whether this process is active now. */
  boolean activate() throws InterruptedException {
    try {
      nodeReconciler.activate();
    } catch (IOException e) {
      failures++;
      log.warn(
          "Cannot take over the addresses of this node, retrying ({}). Add the capability NET_ADMIN"
              + " to the container, or set BALLAST_ANNOUNCE=none",
          e.getMessage());
      if (failures >= MAX_FAILURES && nodeLock.isAwaited()) {
        release();
      }
      return false;
    }
    failures = 0;
    active = true;
    log.info("Serves this node");
    return true;
  }

  /** Releases the node if another process is to have it. */
  void releaseIfWanted() throws InterruptedException {
    if (nodeLock.isHeld() && (nodeLock.isWanted() || (leaving && nodeLock.isAwaited()))) {
      release();
    }
  }

  /** The other process needs the ports of this one as soon as it has the lock. */
  private void release() throws InterruptedException {
    superseded = true;
    try {
      if (active) {
        active = false;
        roleListener.releasing();
        await(nodeReconciler.deactivate());
      }
      if (lockTold) {
        lockTold = false;
        roleListener.lockReleased();
      }
    } finally {
      if (steeringMode == SteeringMode.TPROXY) {
        nodeLock.release();
      } else {
        // The listeners are closed for good.
        nodeLock.close();
      }
    }
    log.info("Another process serves this node now. The connections of this one go on");
  }

  private static void await(CompletionStage<Void> stage) throws InterruptedException {
    try {
      stage.toCompletableFuture().get(RELEASE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn(
          "Cannot close the listeners ({}). The other process cannot listen yet", e.toString());
    }
  }
}
