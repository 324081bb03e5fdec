package dev.ballast.dataplane.server.kube;

import dev.ballast.logging.LogKeys;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.kube.Letterbox.Outcome;
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
final class ReportWriter {

  private static final Logger log = LoggerFactory.getLogger(ReportWriter.class);

  private final String self;
  private final StatusWrites writes;
  private final ScheduledExecutorService threads;
  private final InstantSource clock;
  private final Counter succeeded;
  private final Counter failed;
  private final ConcurrentMap<ServiceId, Letterbox> letterboxes = new ConcurrentHashMap<>();

  ReportWriter(
      String self,
      StatusWrites writes,
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
        .description("Writes of this node's reports into LoadBalancer statuses")
        .tag("outcome", outcome)
        .register(metrics);
  }

  /** Says what the status should have. Saying it again costs nothing. */
  void want(ServiceId id, Wanted wanted) {
    letterboxes.computeIfAbsent(id, i -> new Letterbox(i, this::write, threads)).want(wanted);
  }

  /** That LoadBalancer does not exist any more. */
  void forget(ServiceId id) {
    letterboxes.remove(id);
  }

  /** Removes all reports of this node, waiting for at most {@code patience}. */
  void withdraw(Duration patience) throws InterruptedException {
    letterboxes.values().forEach(Letterbox::wantNoOwn);
    long end = System.nanoTime() + patience.toNanos();
    while (!settled() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
  }

  /** Whether all that is wanted is written. */
  boolean settled() {
    return letterboxes.values().stream().allMatch(Letterbox::settled);
  }

  private Outcome write(ServiceId id, Wanted wanted, Ledger ledger, boolean first) {
    try {
      if (ledger.lacksOwn(wanted)) {
        if (wanted.own().isPresent()) {
          Report report = wanted.own().orElseThrow();
          Map<String, String> since = ledger.since(report, clock.instant());
          ledger.wrote(report, since, writes.apply(id, wanted.uid(), report, since));
        } else {
          ledger.removedOwn(writes.remove(id, wanted.uid(), self));
        }
        succeeded.increment();
      }
      long version = 0;
      for (String node : ledger.departed()) {
        version = writes.remove(id, wanted.uid(), node);
        succeeded.increment();
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, id)
            .addKeyValue(LogKeys.NODE, node)
            .log("removed the report of a node that is no member any more");
      }
      ledger.removedDeparted(version);
      return Outcome.DONE;
    } catch (KubernetesClientException e) {
      return failure(id, e, first);
    }
  }

  private Outcome failure(ServiceId id, KubernetesClientException e, boolean first) {
    int code = e.getCode();
    if (code == 404 || code == 409) {
      return Outcome.GONE;
    }
    failed.increment();
    // Without a code no answer came: the watches tell of that, once for all LoadBalancers.
    var line = first && code != 0 ? log.atWarn() : log.atDebug();
    line.addKeyValue(LogKeys.SERVICE, id)
        .log("report not written, will be tried again: {}", e.getMessage());
    return Outcome.FAILED;
  }
}
