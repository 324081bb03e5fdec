package dev.ballast.operator.reconciler;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Debounces requests for an action: runs it once, some time after the first of them. */
public final class Debouncer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Debouncer.class);

  private final String name;
  private final Runnable action;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final ScheduledExecutorService timer;

  /** The action runs on its own thread of this name, and may block. */
  public Debouncer(String name, Runnable action) {
    this.name = name;
    this.action = action;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name(name).factory());
  }

  /** Never blocks. No effect while the action is scheduled, and after {@link #close}. */
  public void runAfter(Duration delay) {
    if (!scheduled.compareAndSet(false, true)) {
      return;
    }
    try {
      var unused = timer.schedule(this::run, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("Task {} not run during shutdown", name);
    }
  }

  private void run() {
    scheduled.set(false);
    action.run();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
