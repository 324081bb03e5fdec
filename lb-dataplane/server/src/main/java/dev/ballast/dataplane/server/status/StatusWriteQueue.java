package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The status writes of one LoadBalancer: one at a time, with the latest desired status. */
final class StatusWriteQueue {

  private static final long MIN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MIN_RETRY_MILLIS = 100;
  private static final long MAX_RETRY_MILLIS = 10_000;

  /** The outcome of an attempt to write. */
  enum WriteOutcome {
    DONE,
    /** The LoadBalancer does not exist any more, so that nothing is left to write. */
    GONE,
    FAILED
  }

  /** Writes what differs from the last applied status. Blocks. */
  interface StatusWrite {
    WriteOutcome write(
        ServiceKey id,
        DesiredStatus desiredStatus,
        LastAppliedStatus lastAppliedStatus,
        boolean first);
  }

  private final ServiceKey id;
  private final StatusWrite writer;
  private final ScheduledExecutorService threads;
  private LastAppliedStatus lastAppliedStatus = new LastAppliedStatus();
  private @Nullable DesiredStatus desiredStatus;
  private @Nullable ScheduledFuture<?> scheduled;
  private boolean writing;
  private int failures;
  private long lastWrite = System.nanoTime() - MIN_INTERVAL_NANOS;

  StatusWriteQueue(ServiceKey id, StatusWrite writer, ScheduledExecutorService threads) {
    this.id = id;
    this.writer = writer;
    this.threads = threads;
  }

  synchronized void setDesired(DesiredStatus next) {
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

  synchronized void removeOwnReport() {
    DesiredStatus now = desiredStatus;
    if (now != null) {
      setDesired(now.withoutOwnReport());
    }
  }

  /** Leaves the status as it is, apart from a write that is on its way. */
  synchronized void stop() {
    desiredStatus = null;
  }

  synchronized boolean isIdle() {
    return !writing && !isDue();
  }

  private boolean isDue() {
    DesiredStatus now = desiredStatus;
    return now != null && lastAppliedStatus.differsFrom(now, System.nanoTime());
  }

  private void schedule() {
    if (writing) {
      return;
    }
    long delay = delayNanos();
    if (delay == Long.MAX_VALUE) {
      return;
    }
    ScheduledFuture<?> pending = scheduled;
    if (pending != null
        && !pending.isDone()
        && (pending.getDelay(TimeUnit.NANOSECONDS) <= delay || !pending.cancel(false))) {
      return;
    }
    scheduled = threads.schedule(this::write, delay, TimeUnit.NANOSECONDS);
  }

  /** {@link Long#MAX_VALUE} if nothing has to be written. */
  private long delayNanos() {
    long nanoTime = System.nanoTime();
    DesiredStatus now = desiredStatus;
    if (now == null) {
      return Long.MAX_VALUE;
    }
    if (!lastAppliedStatus.differsFrom(now, nanoTime)) {
      return lastAppliedStatus.removalDelay(nanoTime);
    }
    if (failures > 0) {
      long millis = Math.min(MIN_RETRY_MILLIS << Math.min(failures - 1, 10), MAX_RETRY_MILLIS);
      return TimeUnit.MILLISECONDS.toNanos(millis);
    }
    return lastAppliedStatus.onlyHealthDiffers(now, nanoTime)
        ? Math.max(0, lastWrite + MIN_INTERVAL_NANOS - nanoTime)
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
      writeOutcome = writer.write(id, now, current, failures == 0);
    } finally {
      onWritten(writeOutcome);
    }
  }

  private synchronized void onWritten(WriteOutcome writeOutcome) {
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
