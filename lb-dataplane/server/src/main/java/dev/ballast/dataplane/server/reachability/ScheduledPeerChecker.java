package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckSchedule;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.announce.OnLinkSource;
import dev.ballast.logging.LogKeys;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks what is due by the {@link CheckSchedule}, a few targets at a time. */
final class ScheduledPeerChecker implements PeerChecker {

  private static final Logger log = LoggerFactory.getLogger(ScheduledPeerChecker.class);

  private static final long TICK_MILLIS = 250;

  /** So that the start of a node with a thousand addresses is no burst: 40 a second. */
  private static final int TARGETS_PER_TICK = 10;

  private final ReachabilityProbe probe;
  private final Function<InetAddress, Optional<OnLinkSource>> sources;
  private final CheckSchedule schedule = new CheckSchedule();
  private volatile String lastSkipped = "";
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("peer-checker").factory());

  private ScheduledPeerChecker(
      ReachabilityProbe probe, Function<InetAddress, Optional<OnLinkSource>> sources) {
    this.probe = probe;
    this.sources = sources;
  }

  static ScheduledPeerChecker start(
      ReachabilityProbe probe, Function<InetAddress, Optional<OnLinkSource>> sources) {
    var checker = new ScheduledPeerChecker(probe, sources);
    var unused =
        checker.timer.scheduleWithFixedDelay(
            checker::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    return checker;
  }

  private void tick() {
    takeDue().forEach(this::checkSafely);
  }

  private void checkSafely(CheckTarget target) {
    try {
      check(target);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("The check of an address of another node failed");
      record(target, new CheckResult.CheckSkipped());
    }
  }

  private synchronized List<CheckTarget> takeDue() {
    return schedule.takeDue(System.nanoTime(), TARGETS_PER_TICK);
  }

  private void check(CheckTarget target) {
    Optional<OnLinkSource> source = sources.apply(target.address());
    if (source.isPresent()) {
      probe.check(
          new ProbeTarget(target.address(), target.port(), source.orElseThrow()),
          result -> {
            if (result instanceof ReachabilityResult.NotChecked(String cause)) {
              logSkipped(target, cause);
            }
            record(target, CheckResults.of(result));
          });
    } else {
      logSkipped(target, "no interface of this node can send to it.");
      record(target, new CheckResult.CheckSkipped());
    }
  }

  /** Once for each cause, since a thousand addresses may share it. */
  private void logSkipped(CheckTarget target, String cause) {
    if (!cause.equals(lastSkipped)) {
      lastSkipped = cause;
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, target.address().getHostAddress())
          .addKeyValue(LogKeys.CAUSE, cause)
          .log("Cannot check an address of another node");
    }
  }

  private synchronized void record(CheckTarget target, CheckResult result) {
    schedule.record(target, result, System.nanoTime());
  }

  @Override
  public synchronized void setTargets(
      Map<InetAddress, Optional<CheckTarget>> targets,
      Function<CheckTarget, Optional<CheckResult>> known) {
    long now = System.nanoTime();
    targets.forEach(
        (address, target) ->
            target.ifPresentOrElse(
                it -> schedule.add(it, known.apply(it), now), () -> schedule.remove(address)));
  }

  @Override
  public synchronized void checkSoon(String node) {
    schedule.checkSoon(node, System.nanoTime());
  }

  @Override
  public synchronized void clear() {
    schedule.clear();
  }

  @Override
  public synchronized Map<CheckTarget, CheckResult> results() {
    return schedule.results();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    probe.close();
  }
}
