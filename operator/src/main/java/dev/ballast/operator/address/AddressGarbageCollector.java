package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases the addresses of Services that were deleted without releasing them: a person removed the
 * finalizer, or the Service was deleted between the claim and the finalizer.
 *
 * <p>It is not a reconciler of Addresses. JOSDK drops an event of an object while it cleans up
 * after the deletion of an earlier object of that name, and the address would leak.
 */
public final class AddressGarbageCollector implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressGarbageCollector.class);
  private static final Duration INTERVAL = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** The Services of the cluster, and how a deleted one releases its addresses. */
  public interface LiveServices {

    /** Whether the watch has the Service. */
    boolean isPresent(ServiceRef holder);

    /** Returns the time until the next attempt; empty if everything is released. */
    Optional<Duration> releaseGone(ServiceRef gone);
  }

  private final KubernetesClient client;
  private final AddressClaimer addressClaimer;
  private final LiveServices liveServices;
  private final Set<ServiceRef> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean started;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("address-gc").factory());

  public AddressGarbageCollector(
      KubernetesClient client, AddressClaimer addressClaimer, LiveServices liveServices) {
    this.client = client;
    this.addressClaimer = addressClaimer;
    this.liveServices = liveServices;
  }

  /**
   * Starts to collect, once and then in intervals. Call it once this process is the leader and has
   * listed the Services.
   */
  public void start() {
    started = true;
    var unused =
        timer.scheduleWithFixedDelay(this::sweep, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Releases the addresses of this holder if it is deleted. Never blocks. No effect before start.
   */
  public void check(ServiceRef holder) {
    if (started
        && !holder.namespace().isEmpty()
        && !liveServices.isPresent(holder)
        && pending.add(holder)) {
      collectAfter(Duration.ZERO, holder);
    }
  }

  private void sweep() {
    addressClaimer.holders().forEach(this::check);
  }

  private void collectAfter(Duration wait, ServiceRef holder) {
    try {
      var unused = timer.schedule(() -> collect(holder), wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue(LogKeys.SERVICE, holder).log("Address not checked during shutdown");
    }
  }

  private void collect(ServiceRef holder) {
    try {
      Optional<Duration> wait =
          exists(holder) ? Optional.empty() : liveServices.releaseGone(holder);
      if (wait.isPresent()) {
        collectAfter(wait.orElseThrow(), holder);
      } else {
        pending.remove(holder);
      }
    } catch (KubernetesClientException e) {
      log.atDebug()
          .addKeyValue(LogKeys.SERVICE, holder)
          .setCause(e)
          .log("Failed to release addresses, will retry");
      collectAfter(RETRY, holder);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue(LogKeys.SERVICE, holder)
          .setCause(e)
          .log("Failed to release addresses, will retry");
      collectAfter(INTERVAL, holder);
    }
  }

  /** Asks the API server, because the watch may be behind. */
  private boolean exists(ServiceRef holder) {
    if (liveServices.isPresent(holder)) {
      return true;
    }
    Service live = client.services().inNamespace(holder.namespace()).withName(holder.name()).get();
    return live != null && live.getMetadata().getUid().equals(holder.uid());
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
