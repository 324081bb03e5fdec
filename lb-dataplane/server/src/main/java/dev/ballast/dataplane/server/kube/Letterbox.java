package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The writes of one LoadBalancer: one at a time, and the latest wins. */
final class Letterbox {

  private static final long PACE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 10_000;

  /** How an attempt to write ended. */
  enum Outcome {
    DONE,
    /** The LoadBalancer is not there any more: nothing is left to say. */
    GONE,
    FAILED
  }

  /** Writes what the ledger lacks, blocking. */
  interface Attempt {
    Outcome write(ServiceId id, Wanted wanted, Ledger ledger, boolean first);
  }

  private final ServiceId id;
  private final Attempt attempt;
  private final ScheduledExecutorService threads;
  private Ledger ledger = new Ledger();
  private @Nullable Wanted wanted;
  private @Nullable ScheduledFuture<?> scheduled;
  private boolean writing;
  private int failures;
  private long lastWrite = System.nanoTime() - PACE_NANOS;

  Letterbox(ServiceId id, Attempt attempt, ScheduledExecutorService threads) {
    this.id = id;
    this.attempt = attempt;
    this.threads = threads;
  }

  synchronized void want(Wanted next) {
    Wanted before = wanted;
    if (before != null && !before.uid().equals(next.uid())) {
      ledger = new Ledger();
      failures = 0;
    }
    wanted = next;
    if (!writing) {
      ledger.observe(next);
    }
    schedule();
  }

  synchronized void wantNoOwn() {
    Wanted now = wanted;
    if (now != null) {
      want(now.withoutOwn());
    }
  }

  synchronized boolean settled() {
    return !writing && !isDue();
  }

  private boolean isDue() {
    Wanted now = wanted;
    return now != null && ledger.lacks(now);
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
    Wanted now = wanted;
    return now != null && ledger.lacksHealthOnly(now)
        ? Math.max(0, lastWrite + PACE_NANOS - System.nanoTime())
        : 0;
  }

  private void write() {
    Wanted now;
    Ledger current;
    synchronized (this) {
      now = wanted;
      current = ledger;
      if (now == null || writing || !isDue()) {
        return;
      }
      writing = true;
      scheduled = null;
    }
    Outcome outcome = Outcome.FAILED;
    try {
      outcome = attempt.write(id, now, current, failures == 0);
    } finally {
      written(outcome);
    }
  }

  private synchronized void written(Outcome outcome) {
    writing = false;
    lastWrite = System.nanoTime();
    switch (outcome) {
      case DONE -> failures = 0;
      case GONE -> {
        failures = 0;
        wanted = null;
      }
      case FAILED -> failures++;
    }
    Wanted latest = wanted;
    if (latest != null) {
      ledger.observe(latest);
    }
    schedule();
  }
}
