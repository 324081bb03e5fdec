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
 * Gives back the addresses of Services that are gone without having let them go: the finalizer was
 * removed by hand, or the Service was deleted between the claim and the finalizer.
 *
 * <p>Not a reconciler of Addresses: JOSDK drops what is said of a name while it cleans up after the
 * deletion of an earlier object of that name, and an Address dropped so would be lost for good.
 */
public final class AddressGarbageCollector implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressGarbageCollector.class);
  private static final Duration SWEEP = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** What is known of Services, and how one that is gone lets go. */
  public interface LiveServices {

    /** Whether the Service is there, as far as the watch shows. */
    boolean isPresent(ServiceRef holder);

    /** Returns how long to wait before asking again, or empty when all is let go. */
    Optional<Duration> releaseGone(ServiceRef gone);
  }

  private final KubernetesClient client;
  private final AddressClaimer addressClaimer;
  private final LiveServices liveServices;
  private final Set<ServiceRef> suspects = ConcurrentHashMap.newKeySet();
  private volatile boolean started;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("orphans").factory());

  public AddressGarbageCollector(
      KubernetesClient client, AddressClaimer addressClaimer, LiveServices liveServices) {
    this.client = client;
    this.addressClaimer = addressClaimer;
    this.liveServices = liveServices;
  }

  /** From now on this process decides; Services are known. Also looks again now and then. */
  public void start() {
    started = true;
    var unused =
        timer.scheduleWithFixedDelay(this::sweep, 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Looks whether this holder is gone. Never blocks; before the start, it is too early. */
  public void suspect(ServiceRef holder) {
    if (started
        && !holder.namespace().isEmpty()
        && !liveServices.isPresent(holder)
        && suspects.add(holder)) {
      lookAfter(Duration.ZERO, holder);
    }
  }

  private void sweep() {
    addressClaimer.holders().forEach(this::suspect);
  }

  private void lookAfter(Duration wait, ServiceRef holder) {
    try {
      var unused = timer.schedule(() -> look(holder), wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue(LogKeys.SERVICE, holder).log("not looked at: shutting down");
    }
  }

  private void look(ServiceRef holder) {
    try {
      Optional<Duration> wait =
          isThere(holder) ? Optional.empty() : liveServices.releaseGone(holder);
      if (wait.isPresent()) {
        lookAfter(wait.orElseThrow(), holder);
      } else {
        suspects.remove(holder);
      }
    } catch (KubernetesClientException e) {
      log.atDebug().addKeyValue(LogKeys.SERVICE, holder).setCause(e).log("will be tried again");
      lookAfter(RETRY, holder);
    } catch (RuntimeException e) {
      log.atError().addKeyValue(LogKeys.SERVICE, holder).setCause(e).log("addresses not released");
      lookAfter(SWEEP, holder);
    }
  }

  /** The watch may be behind: only the API server can say that a Service is gone. */
  private boolean isThere(ServiceRef holder) {
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
