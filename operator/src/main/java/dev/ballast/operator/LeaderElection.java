package dev.ballast.operator;

import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leader election among the replicas of the operator. A replica that loses the election exits, so
 * that none of its reconciles runs beside those of the new leader. Two leaders at once still claim
 * no address twice, since the API server creates each Address object only once.
 */
final class LeaderElection {

  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);

  static final String LEASE = "ballast-operator";
  static final Duration LEASE_DURATION = Duration.ofSeconds(10);

  /** Helm deletes the rights of the operators within this time. */
  private static final Duration KEEP = Duration.ofSeconds(20);

  private static final int RELEASE_ATTEMPTS = 5;

  private final KubernetesClient client;
  private final OperatorSettings settings;
  private final Runnable onLeading;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private volatile boolean keeping;

  /** {@code onLeading} runs when this replica becomes the leader. */
  LeaderElection(KubernetesClient client, OperatorSettings settings, Runnable onLeading) {
    this.onLeading = onLeading;
    this.client = client;
    this.settings = settings;
  }

  LeaderElectionConfiguration configuration() {
    return new LeaderElectionConfiguration(
        LEASE,
        settings.namespace(),
        LEASE_DURATION,
        Duration.ofSeconds(7),
        Duration.ofSeconds(1),
        settings.instance(),
        new LeaderCallbacks(this::leading, this::lost, LeaderElection::observed),
        false);
  }

  private void leading() {
    log.atInfo().addKeyValue(LogKeys.INSTANCE, settings.instance()).log("Became the leader");
    onLeading.run();
  }

  /** A Lease that was released has a blank holder until the next leader takes it. */
  private static void observed(String leader) {
    if (!leader.isBlank()) {
      log.atInfo().addKeyValue(LogKeys.LEADER, leader).log("Observed the leader");
    }
  }

  private void lost() {
    if (!stopping.get()) {
      log.atWarn()
          .addKeyValue(LogKeys.INSTANCE, settings.instance())
          .log("Exiting after losing the leader election");
      Runtime.getRuntime().halt(1);
    }
  }

  /** From now on, the end of the leadership is no failure. */
  void stopping() {
    stopping.set(true);
  }

  /**
   * This replica is the last one: {@link #release} renews the Lease instead, so that no other one
   * leads before it loses its rights.
   */
  void keep() {
    keeping = true;
  }

  /** Empties the Lease if it is ours, as client-go's ReleaseOnCancel does. */
  void release() {
    if (!settings.leaderElection()) {
      return;
    }
    for (int attempt = 1; attempt <= RELEASE_ATTEMPTS && !tryRelease(); attempt++) {
      log.atDebug().log("Lease was renewed during release attempt {}", attempt);
    }
  }

  /** False when a renewal of this replica, which was still running, came in between. */
  private boolean tryRelease() {
    var lease = client.leases().inNamespace(settings.namespace()).withName(LEASE);
    try {
      Lease held = lease.get();
      if (held != null && settings.instance().equals(held.getSpec().getHolderIdentity())) {
        if (keeping) {
          held.getSpec().setRenewTime(ZonedDateTime.now(ZoneOffset.UTC));
          held.getSpec().setLeaseDurationSeconds((int) KEEP.toSeconds());
        } else {
          held.getSpec().setHolderIdentity("");
          held.getSpec().setLeaseDurationSeconds(1);
        }
        client.resource(held).update();
      }
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return false;
      }
      log.atDebug().setCause(e).log("Could not release the lease, which expires on its own");
      return true;
    }
  }
}
