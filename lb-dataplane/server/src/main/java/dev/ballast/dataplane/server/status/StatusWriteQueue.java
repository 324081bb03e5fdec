package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The writes of one LoadBalancer: one at a time, and the latest wins. */
final class StatusWriteQueue {

  private static final long PACE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 10_000;

  /** How an attempt to write ended. */
  enum WriteOutcome {
    DONE,
    /** The LoadBalancer is not there any more: nothing is left to say. */
    GONE,
    FAILED
  }

  /** Writes what the ledger lacks, blocking. */
  interface StatusWrite {
    WriteOutcome write(
        ServiceKey id,
        DesiredStatus desiredStatus,
        LastAppliedStatus lastAppliedStatus,
        boolean first);
  }

  private final ServiceKey id;
  private final StatusWrite statusWrite;
  private final ScheduledExecutorService threads;
  private LastAppliedStatus lastAppliedStatus = new LastAppliedStatus();
  private @Nullable DesiredStatus desiredStatus;
  private @Nullable ScheduledFuture<?> scheduled;
  private boolean writing;
  private int failures;
  private long lastWrite = System.nanoTime() - PACE_NANOS;

  StatusWriteQueue(ServiceKey id, StatusWrite statusWrite, ScheduledExecutorService threads) {
    this.id = id;
    this.statusWrite = statusWrite;
    this.threads = threads;
  }

  synchronized void want(DesiredStatus next) {
    DesiredStatus before = desiredStatus;
    if (before != null && !before.uid().equals(next.uid())) {
      lastAppliedStatus = new LastAppliedStatus();
      failures = 0;
    }
    desiredStatus = next;
    if (!writing) {
      lastAppliedStatus.observe(next);
    }
    schedule();
  }

  synchronized void wantNoOwn() {
    DesiredStatus now = desiredStatus;
    if (now != null) {
      want(now.withoutOwn());
    }
  }

  synchronized boolean settled() {
    return !writing && !isDue();
  }

  private boolean isDue() {
    DesiredStatus now = desiredStatus;
    return now != null && lastAppliedStatus.lacks(now);
  }

  private void schedule() {
    if (writing || !isDue()) {
      return;
    }
    long delay = delayNanos();
    ScheduledFuture<?> pending = scheduled;
    if (pending != null
        && !pending.isDone()
        && (pending.getDelay(TimeUnit.NANOSECONDS) <= delay || !pending.cancel(false))) {
      return;
    }
    scheduled = threads.schedule(this::write, delay, TimeUnit.NANOSECONDS);
  }

  private long delayNanos() {
    if (failures > 0) {
      long millis = Math.min(FIRST_RETRY_MILLIS << Math.min(failures - 1, 10), LAST_RETRY_MILLIS);
      return TimeUnit.MILLISECONDS.toNanos(millis);
    }
    DesiredStatus now = desiredStatus;
    return now != null && lastAppliedStatus.lacksHealthOnly(now)
        ? Math.max(0, lastWrite + PACE_NANOS - System.nanoTime())
        : 0;
  }

  private void write() {
    DesiredStatus now;
    LastAppliedStatus current;
    synchronized (this) {
      now = desiredStatus;
      current = lastAppliedStatus;
      if (now == null || writing || !isDue()) {
        return;
      }
      writing = true;
      scheduled = null;
    }
    WriteOutcome writeOutcome = WriteOutcome.FAILED;
    try {
      writeOutcome = statusWrite.write(id, now, current, failures == 0);
    } finally {
      written(writeOutcome);
    }
  }

  private synchronized void written(WriteOutcome writeOutcome) {
    writing = false;
    lastWrite = System.nanoTime();
    switch (writeOutcome) {
      case DONE -> failures = 0;
      case GONE -> {
        failures = 0;
        desiredStatus = null;
      }
      case FAILED -> failures++;
    }
    DesiredStatus latest = desiredStatus;
    if (latest != null) {
      lastAppliedStatus.observe(latest);
    }
    schedule();
  }
}
