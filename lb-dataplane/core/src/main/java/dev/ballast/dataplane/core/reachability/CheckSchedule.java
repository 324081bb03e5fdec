package dev.ballast.dataplane.core.reachability;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When to check which address, and what is known about it. An address counts as unreachable after
 * two failed checks in a row, since each check repeats its packets already, and one of them may
 * fall into an update. One successful check ends that.
 *
 * <p>Times are of {@link System#nanoTime}.
 */
public final class CheckSchedule {

  /** For the announcement to reach the network. */
  static final Duration FIRST_DELAY = Duration.ofSeconds(1);

  static final Duration PERIOD = Duration.ofMinutes(1);
  static final Duration RETRY = Duration.ofSeconds(3);

  /** So that many unreachable addresses leave time for the others. */
  static final Duration UNREACHABLE_RETRY = Duration.ofSeconds(10);

  /** A check ends long before. */
  static final Duration LOST = Duration.ofSeconds(60);

  static final int FAILURE_THRESHOLD = 2;

  private final Map<InetAddress, Entry> entries = new HashMap<>();

  private static final class Entry {
    final CheckTarget target;
    long due;
    boolean running;
    boolean again;
    long started;
    int failures;
    Optional<CheckResult> known = Optional.empty();

    Entry(CheckTarget target, long due) {
      this.target = target;
      this.due = due;
    }
  }

  /**
   * Adds a target. One that is there with the same node and port keeps its result.
   *
   * @param known what an earlier process of this node has found
   */
  public void add(CheckTarget target, Optional<CheckResult> known, long now) {
    Entry before = entries.get(target.address());
    if (before == null || !before.target.equals(target)) {
      Entry entry = new Entry(target, now + FIRST_DELAY.toNanos());
      entry.known = known;
      if (before != null && before.target.node().equals(target.node())) {
        entry.known = before.known;
      }
      entries.put(target.address(), entry);
    }
  }

  /** Makes the targets at a node due, because something has changed on it. */
  public void checkSoon(String node, long now) {
    for (Entry entry : entries.values()) {
      if (entry.target.node().equals(node)) {
        entry.due = entry.due - now > 0 ? now : entry.due;
        entry.again = entry.running;
      }
    }
  }

  public void remove(InetAddress address) {
    entries.remove(address);
  }

  /** Removes all targets. */
  public void clear() {
    entries.clear();
  }

  /**
   * The targets to check now, the longest due first. Each of them has to be {@link #record}ed.
   *
   * @param limit of targets
   */
  public List<CheckTarget> takeDue(long now, int limit) {
    List<Entry> due =
        entries.values().stream()
            .filter(entry -> !entry.running || now - entry.started > LOST.toNanos())
            .filter(entry -> entry.due - now <= 0)
            .sorted(Comparator.comparingLong(entry -> entry.due - now))
            .limit(limit)
            .toList();
    for (Entry entry : due) {
      entry.running = true;
      entry.started = now;
    }
    return due.stream().map(entry -> entry.target).toList();
  }

  /** Records a result, unless the target has changed since. */
  public void record(CheckTarget target, CheckResult result, long now) {
    Entry entry = entries.get(target.address());
    if (entry == null || !entry.target.equals(target)) {
      return;
    }
    entry.running = false;
    switch (result) {
      case CheckResult.Reached reachable -> {
        entry.failures = 0;
        entry.known = Optional.of(reachable);
        entry.due = now + PERIOD.toNanos();
      }
      case CheckResult.NotReached unreachable -> {
        entry.failures++;
        if (entry.failures >= FAILURE_THRESHOLD) {
          entry.known = Optional.of(unreachable);
        }
        Duration retry = entry.failures > FAILURE_THRESHOLD ? UNREACHABLE_RETRY : RETRY;
        entry.due = now + retry.toNanos();
      }
      case CheckResult.CheckSkipped notChecked -> {
        entry.failures = 0;
        entry.known = Optional.empty();
        entry.due = now + PERIOD.toNanos();
      }
    }
    entry.due = entry.again ? now : entry.due;
    entry.again = false;
  }

  /** What is known about each target that has a result. */
  public Map<CheckTarget, CheckResult> results() {
    Map<CheckTarget, CheckResult> results = new HashMap<>();
    entries
        .values()
        .forEach(entry -> entry.known.ifPresent(known -> results.put(entry.target, known)));
    return results;
  }
}
