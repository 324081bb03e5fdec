package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.status.StatusWriteQueue.WriteOutcome;
import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings reports to the API server, on the threads given: ordered for each LoadBalancer, side by
 * side for different ones. What differs in backend health only waits until a second has passed
 * since the last write. A write that fails is tried again until it succeeds or is no longer wanted.
 */
public final class StatusWriter {

  private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);

  private final String self;
  private final StatusApi writes;
  private final ScheduledExecutorService threads;
  private final InstantSource clock;
  private final Counter succeeded;
  private final Counter failed;
  private final ConcurrentMap<ServiceKey, StatusWriteQueue> statusWriteQueues =
      new ConcurrentHashMap<>();

  public StatusWriter(
      String self,
      StatusApi writes,
      ScheduledExecutorService threads,
      InstantSource clock,
      MeterRegistry metrics) {
    this.self = self;
    this.writes = writes;
    this.threads = threads;
    this.clock = clock;
    this.succeeded = counter(metrics, "success");
    this.failed = counter(metrics, "failure");
  }

  private static Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder("ballast.report.writes")
        .description("Writes of this node's reports to the status of LoadBalancers.")
        .tag("outcome", outcome)
        .register(metrics);
  }

  /** Says what the status should have. Saying it again costs nothing. */
  public void want(ServiceKey id, DesiredStatus desiredStatus) {
    statusWriteQueues
        .computeIfAbsent(id, i -> new StatusWriteQueue(i, this::write, threads))
        .want(desiredStatus);
  }

  /** That LoadBalancer does not exist any more. */
  public void forget(ServiceKey id) {
    statusWriteQueues.remove(id);
  }

  /** Removes all reports of this node, waiting for at most {@code patience}. */
  public void withdraw(Duration patience) throws InterruptedException {
    statusWriteQueues.values().forEach(StatusWriteQueue::wantNoOwn);
    long end = System.nanoTime() + patience.toNanos();
    while (!settled() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
  }

  /** Whether all that is wanted is written. */
  boolean settled() {
    return statusWriteQueues.values().stream().allMatch(StatusWriteQueue::settled);
  }

  private WriteOutcome write(
      ServiceKey id,
      DesiredStatus desiredStatus,
      LastAppliedStatus lastAppliedStatus,
      boolean first) {
    try {
      if (lastAppliedStatus.lacksOwn(desiredStatus)) {
        if (desiredStatus.own().isPresent()) {
          StatusReport report = desiredStatus.own().orElseThrow();
          Map<String, String> since = lastAppliedStatus.since(report, clock.instant());
          lastAppliedStatus.wrote(
              report, since, writes.apply(id, desiredStatus.uid(), report, since));
        } else {
          lastAppliedStatus.removedOwn(writes.remove(id, desiredStatus.uid(), self));
        }
        succeeded.increment();
      }
      long version = 0;
      for (String node : lastAppliedStatus.departed()) {
        version = writes.remove(id, desiredStatus.uid(), node);
        succeeded.increment();
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, id)
            .addKeyValue(LogKeys.NODE, node)
            .log("removed the report of a node that is no member any more");
      }
      lastAppliedStatus.removedDeparted(version);
      return WriteOutcome.DONE;
    } catch (KubernetesClientException e) {
      return failure(id, e, first);
    }
  }

  private WriteOutcome failure(ServiceKey id, KubernetesClientException e, boolean first) {
    int code = e.getCode();
    if (code == 404 || code == 409) {
      return WriteOutcome.GONE;
    }
    failed.increment();
    // Without a code no answer came: the watches tell of that, once for all LoadBalancers.
    var line = first && code != 0 ? log.atWarn() : log.atDebug();
    line.addKeyValue(LogKeys.SERVICE, id)
        .log("report not written, will be tried again: {}", e.getMessage());
    return WriteOutcome.FAILED;
  }
}
