package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.status.StatusWriteQueue.WriteOutcome;
import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.client.KubernetesClient;
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
 * Writes this node's reports to the API server: in order for one LoadBalancer, in parallel for
 * several. A change of backend health alone waits until a second has passed since the last write. A
 * failed write is retried until it succeeds or is no longer desired.
 */
public final class StatusWriter {

  private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);

  private final String self;
  private final StatusApi api;
  private final ScheduledExecutorService threads;
  private final InstantSource clock;
  private final Counter succeeded;
  private final Counter failed;
  private final ConcurrentMap<ServiceKey, StatusWriteQueue> statusWriteQueues =
      new ConcurrentHashMap<>();

  /** Creates a writer that uses this client, and the system clock for transition times. */
  public static StatusWriter create(
      String self,
      KubernetesClient client,
      ScheduledExecutorService threads,
      MeterRegistry metrics) {
    return new StatusWriter(
        self, new StatusApplyClient(client), threads, InstantSource.system(), metrics);
  }

  public StatusWriter(
      String self,
      StatusApi api,
      ScheduledExecutorService threads,
      InstantSource clock,
      MeterRegistry metrics) {
    this.self = self;
    this.api = api;
    this.threads = threads;
    this.clock = clock;
    this.succeeded = counter(metrics, "success");
    this.failed = counter(metrics, "failure");
  }

  private static Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder(NodeMetric.REPORT_WRITES.meterName())
        .description(NodeMetric.REPORT_WRITES.meaning())
        .tag("outcome", outcome)
        .register(metrics);
  }

  /** Sets the desired status. An unchanged one causes no write. */
  public void setDesired(ServiceKey id, DesiredStatus desiredStatus) {
    statusWriteQueues
        .computeIfAbsent(id, i -> new StatusWriteQueue(i, this::write, threads))
        .setDesired(desiredStatus);
  }

  /** Forgets a LoadBalancer that does not exist any more. */
  public void forget(ServiceKey id) {
    statusWriteQueues.remove(id);
  }

  /** Writes nothing any more, until {@link #setDesired}: another process of this node reports. */
  public void suspend() {
    statusWriteQueues.values().forEach(StatusWriteQueue::stop);
    statusWriteQueues.clear();
  }

  /** Removes all reports of this node. Waits for at most {@code timeout}. */
  public void removeReports(Duration timeout) throws InterruptedException {
    statusWriteQueues.values().forEach(StatusWriteQueue::removeOwnReport);
    long end = System.nanoTime() + timeout.toNanos();
    while (!isIdle() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
  }

  /** Whether everything desired is written. */
  boolean isIdle() {
    return statusWriteQueues.values().stream().allMatch(StatusWriteQueue::isIdle);
  }

  private WriteOutcome write(
      ServiceKey id,
      DesiredStatus desiredStatus,
      LastAppliedStatus lastAppliedStatus,
      boolean firstAttempt) {
    try {
      if (lastAppliedStatus.ownReportDiffers(desiredStatus)) {
        if (desiredStatus.ownReport().isPresent()) {
          StatusReport report = desiredStatus.ownReport().orElseThrow();
          Map<String, String> since = lastAppliedStatus.transitionTimes(report, clock.instant());
          lastAppliedStatus.recordApplied(
              report, since, api.apply(id, desiredStatus.uid(), report, since));
        } else {
          lastAppliedStatus.recordOwnRemoved(api.remove(id, desiredStatus.uid(), self));
        }
        succeeded.increment();
      }
      for (String node : lastAppliedStatus.departedNodes(System.nanoTime())) {
        long resourceVersion = api.remove(id, desiredStatus.uid(), node);
        lastAppliedStatus.recordDepartedRemoved(node, resourceVersion, System.nanoTime());
        succeeded.increment();
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, id)
            .addKeyValue(LogKeys.NODE, node)
            .log("Removed the report of a former member");
      }
      return WriteOutcome.DONE;
    } catch (KubernetesClientException e) {
      return onFailure(id, e, firstAttempt);
    }
  }

  private WriteOutcome onFailure(ServiceKey id, KubernetesClientException e, boolean firstAttempt) {
    int code = e.getCode();
    if (code == 404 || code == 409) {
      return WriteOutcome.GONE;
    }
    failed.increment();
    // No code means no response: the connection monitor logs that once for all LoadBalancers.
    var line = firstAttempt && code != 0 ? log.atWarn() : log.atDebug();
    line.addKeyValue(LogKeys.SERVICE, id)
        .log("Cannot write the status of a LoadBalancer, retrying ({})", e.getMessage());
    return WriteOutcome.FAILED;
  }
}
