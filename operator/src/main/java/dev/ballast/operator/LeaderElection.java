package dev.ballast.operator;

import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which replica decides. Losing the lead ends the process: a decision under way must not meet one
 * of the new leader. Two leaders at once would still claim no address twice, by the store's
 * promise.
 */
final class LeaderElection {

  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);
  private static final String LEASE = "ballast-operator";
  private static final int RELEASES = 5;

  private final KubernetesClient client;
  private final OperatorSettings settings;
  private final Runnable onLeading;
  private final AtomicBoolean stopping = new AtomicBoolean();

  /** {@code onLeading} runs when this replica begins to decide. */
  LeaderElection(KubernetesClient client, OperatorSettings settings, Runnable onLeading) {
    this.onLeading = onLeading;
    this.client = client;
    this.settings = settings;
  }

  LeaderElectionConfiguration configuration() {
    return new LeaderElectionConfiguration(
        LEASE,
        settings.namespace(),
        Duration.ofSeconds(10),
        Duration.ofSeconds(7),
        Duration.ofSeconds(1),
        settings.instance(),
        new LeaderCallbacks(this::leading, this::lost, LeaderElection::known),
        false);
  }

  private void leading() {
    log.atInfo().addKeyValue(LogKeys.INSTANCE, settings.instance()).log("leading");
    onLeading.run();
  }

  /** A Lease that was released has a blank holder for a moment. */
  private static void known(String leader) {
    if (!leader.isBlank()) {
      log.atInfo().addKeyValue("leader", leader).log("leader known");
    }
  }

  private void lost() {
    if (!stopping.get()) {
      log.atWarn()
          .addKeyValue(LogKeys.INSTANCE, settings.instance())
          .log("lead lost: ending, to start anew");
      Runtime.getRuntime().halt(1);
    }
  }

  /** From now on the end of leading is wanted. */
  void stopping() {
    stopping.set(true);
  }

  /** Empties the Lease if it is ours, as client-go's ReleaseOnCancel does. */
  void release() {
    if (!settings.leaderElection()) {
      return;
    }
    for (int attempt = 1; attempt <= RELEASES && !tryRelease(); attempt++) {
      log.atDebug().addKeyValue("attempt", attempt).log("lease renewed meanwhile");
    }
  }

  /** Whether it is done; not when a renewal of ours, still under way, came in between. */
  private boolean tryRelease() {
    var lease = client.leases().inNamespace(settings.namespace()).withName(LEASE);
    try {
      Lease held = lease.get();
      if (held != null && settings.instance().equals(held.getSpec().getHolderIdentity())) {
        held.getSpec().setHolderIdentity("");
        held.getSpec().setLeaseDurationSeconds(1);
        client.resource(held).update();
      }
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return false;
      }
      log.atDebug().setCause(e).log("lease not released; it runs out by itself");
      return true;
    }
  }
}
