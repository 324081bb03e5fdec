package dev.ballast.operator.reconciler;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an action a while after the first of a row of requests, once for all of them. */
public final class Debouncer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Debouncer.class);

  private final String name;
  private final Runnable action;
  private final AtomicBoolean due = new AtomicBoolean();
  private final ScheduledExecutorService timer;

  /** {@code name} is that of its thread, on which the action may block. */
  public Debouncer(String name, Runnable action) {
    this.name = name;
    this.action = action;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name(name).factory());
  }

  /** Never blocks. No effect while it is due already, nor once this is closed. */
  public void runAfter(Duration wait) {
    if (!due.compareAndSet(false, true)) {
      return;
    }
    try {
      var unused = timer.schedule(this::run, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("{} not run: shutting down", name);
    }
  }

  private void run() {
    due.set(false);
    action.run();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
