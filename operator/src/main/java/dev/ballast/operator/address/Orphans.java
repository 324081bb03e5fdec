package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;

import dev.ballast.operator.ipam.Claimant;
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
public final class Orphans implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Orphans.class);
  private static final Duration SWEEP = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** What is known of Services, and how one that is gone lets go. */
  public interface Holders {

    /** Whether the Service is there, as far as the watch shows. */
    boolean isPresent(Claimant holder);

    /** Returns how long to wait before asking again, or empty when all is let go. */
    Optional<Duration> releaseGone(Claimant gone);
  }

  private final KubernetesClient client;
  private final Addresses addresses;
  private final Holders holders;
  private final Set<Claimant> suspects = ConcurrentHashMap.newKeySet();
  private volatile boolean started;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("orphans").factory());

  public Orphans(KubernetesClient client, Addresses addresses, Holders holders) {
    this.client = client;
    this.addresses = addresses;
    this.holders = holders;
  }

  /** From now on this process decides; Services are known. Also looks again now and then. */
  public void start() {
    started = true;
    var unused =
        timer.scheduleWithFixedDelay(this::sweep, 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Looks whether this holder is gone. Never blocks; before the start, it is too early. */
  public void suspect(Claimant holder) {
    if (started
        && !holder.namespace().isEmpty()
        && !holders.isPresent(holder)
        && suspects.add(holder)) {
      lookAfter(Duration.ZERO, holder);
    }
  }

  private void sweep() {
    addresses.holders().forEach(this::suspect);
  }

  private void lookAfter(Duration wait, Claimant holder) {
    try {
      var unused = timer.schedule(() -> look(holder), wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue(LogKeys.SERVICE, holder).log("not looked at: shutting down");
    }
  }

  private void look(Claimant holder) {
    try {
      Optional<Duration> wait = isThere(holder) ? Optional.empty() : holders.releaseGone(holder);
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
  private boolean isThere(Claimant holder) {
    if (holders.isPresent(holder)) {
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
