package dev.ballast.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Takes part in the leader election as an operator does, and does nothing else. */
final class CandidateOperator implements AutoCloseable {

  private final CompletableFuture<?> election;
  private volatile boolean leading;

  CandidateOperator(KubernetesClient client, String namespace, String instance) {
    election =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(instance)
                    .withLock(new LeaseLock(namespace, LeaderElection.LEASE, instance))
                    .withLeaseDuration(LeaderElection.LEASE_DURATION)
                    .withRenewDeadline(Duration.ofSeconds(7))
                    .withRetryPeriod(Duration.ofSeconds(1))
                    .withLeaderCallbacks(
                        new LeaderCallbacks(
                            () -> leading = true, () -> leading = false, leader -> {}))
                    .build())
            .build()
            .start();
  }

  boolean leads() {
    return leading;
  }

  @Override
  public void close() {
    election.cancel(true);
  }
}
