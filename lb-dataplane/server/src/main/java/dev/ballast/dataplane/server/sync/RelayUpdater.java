package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.logging.LogKeys;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies virtual servers to the relay, and remembers which ones the relay has. A change that
 * failed may have had an effect all the same, so that it is repeated until the relay confirms it.
 * One thread uses it.
 */
final class RelayUpdater {

  private static final Logger log = LoggerFactory.getLogger(RelayUpdater.class);
  private static final long TIMEOUT_SECONDS = 30;
  private static final Duration[] BUCKETS =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 1000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final RelayControl relay;
  private final Timer timer;
  private final Map<ServiceKey, VirtualServer> applied = new HashMap<>();

  /** Sent to the relay, without an answer or with a failure. */
  private final Set<ServiceKey> unconfirmed = new HashSet<>();

  RelayUpdater(RelayControl relay, MeterRegistry metrics) {
    this.relay = relay;
    this.timer =
        Timer.builder(NodeMetric.APPLY_TIME.meterName())
            .description(NodeMetric.APPLY_TIME.meaning())
            .serviceLevelObjectives(BUCKETS)
            .register(metrics);
  }

  /** The virtual servers that the relay has, as a view. */
  Map<ServiceKey, VirtualServer> applied() {
    return Collections.unmodifiableMap(applied);
  }

  /** Services whose last change the relay has not confirmed, as a view. */
  Set<ServiceKey> unconfirmed() {
    return Collections.unmodifiableSet(unconfirmed);
  }

  Optional<VirtualServerStatus> statusOf(ServiceKey id) {
    return relay.statusOf(id);
  }

  /**
   * Makes the relay serve the examined Services as desired.
   *
   * @return whether the relay has confirmed it
   */
  boolean apply(Map<ServiceKey, VirtualServer> desired, Set<ServiceKey> examined)
      throws InterruptedException {
    VirtualServerChanges changes = changes(desired, examined);
    if (changes.isEmpty()) {
      return true;
    }
    unconfirmed.addAll(changes.updated().keySet());
    unconfirmed.addAll(changes.removed());
    long start = System.nanoTime();
    try {
      relay.apply(changes).toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      log.atError().setCause(e.getCause()).log("Relay failed to apply changes, retrying");
      return false;
    } catch (TimeoutException e) {
      log.atWarn().log("Relay did not apply changes within {} s, retrying", TIMEOUT_SECONDS);
      return false;
    }
    timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    log(changes);
    changes.applyTo(applied);
    unconfirmed.clear();
    return true;
  }

  private VirtualServerChanges changes(
      Map<ServiceKey, VirtualServer> desired, Set<ServiceKey> examined) {
    VirtualServerChanges known = VirtualServerChanges.between(applied, desired, examined);
    Map<ServiceKey, VirtualServer> serve = new HashMap<>(known.updated());
    Set<ServiceKey> end = new HashSet<>(known.removed());
    for (ServiceKey id : unconfirmed) {
      VirtualServer server = desired.get(id);
      if (server == null) {
        end.add(id);
      } else {
        serve.put(id, server);
      }
    }
    return new VirtualServerChanges(serve, end);
  }

  private void log(VirtualServerChanges changes) {
    for (ServiceKey id : changes.updated().keySet()) {
      if (!applied.containsKey(id)) {
        log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("Started serving a Service");
      }
    }
    for (ServiceKey id : changes.removed()) {
      log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("Stopped serving a Service");
    }
  }
}
