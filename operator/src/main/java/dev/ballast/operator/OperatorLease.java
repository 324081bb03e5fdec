package dev.ballast.operator;

import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the Lease of the operators for a process that replaces all of them. The Pod of an operator
 * can outlive its Deployment, on a node whose kubelet the API server does not reach. Such an
 * operator stops to lead when it sees another holder, or when it cannot renew the Lease in time.
 */
final class OperatorLease {

  private static final Logger log = LoggerFactory.getLogger(OperatorLease.class);

  private static final Duration POLL = Duration.ofMillis(500);

  /** A former leader has ended after this time, plus a request that was on its way. */
  private static final Duration LEADER_END = LeaderElection.LEASE_DURATION.plusSeconds(2);

  private final KubernetesClient client;
  private final OperatorSettings settings;

  OperatorLease(KubernetesClient client, OperatorSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /**
   * Blocks until this process has the Lease and no other one leads.
   *
   * @param grace how long an operator may take to release the Lease by itself
   * @return false if {@code deadline} came first
   */
  boolean take(Duration grace, Instant deadline) throws InterruptedException {
    Instant patience = Instant.now().plus(grace);
    while (!tryTake(false)) {
      Instant now = Instant.now();
      if (now.isAfter(deadline)) {
        log.atWarn()
            .log(
                "Timed out before an operator released its Lease. Check the operator Pods, and try"
                    + " again");
        return false;
      }
      if (now.isAfter(patience)) {
        return takeFromLeader(deadline);
      }
      Thread.sleep(POLL);
    }
    return true;
  }

  private boolean takeFromLeader(Instant deadline) throws InterruptedException {
    log.atWarn()
        .log(
            "Taking the Lease from an operator that still runs, because its Pod does not end. Check"
                + " the node of the Pod");
    Instant end = Instant.now().plus(LEADER_END);
    while (!tryTake(true) || Instant.now().isBefore(end)) {
      if (Instant.now().isAfter(deadline)) {
        return false;
      }
      Thread.sleep(POLL);
    }
    return true;
  }

  /** False when another process has the Lease, or has written it just now. */
  private boolean tryTake(boolean force) {
    try {
      Lease lease =
          client.leases().inNamespace(settings.namespace()).withName(LeaderElection.LEASE).get();
      if (lease == null) {
        client.resource(newLease()).create();
        return true;
      }
      if (!force && isHeld(lease.getSpec())) {
        return false;
      }
      hold(lease.getSpec());
      client.resource(lease).update();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        log.atDebug().setCause(e).log("Could not take the Lease, retrying");
      }
      return false;
    }
  }

  private boolean isHeld(LeaseSpec spec) {
    String holder = spec.getHolderIdentity();
    return holder != null
        && !holder.isEmpty()
        && !holder.equals(settings.instance())
        && spec.getRenewTime() != null
        && now().isBefore(spec.getRenewTime().plusSeconds(spec.getLeaseDurationSeconds()));
  }

  private Lease newLease() {
    Lease lease =
        new LeaseBuilder()
            .withNewMetadata()
            .withNamespace(settings.namespace())
            .withName(LeaderElection.LEASE)
            .endMetadata()
            .withNewSpec()
            .withLeaseTransitions(0)
            .endSpec()
            .build();
    hold(lease.getSpec());
    return lease;
  }

  private void hold(LeaseSpec spec) {
    ZonedDateTime now = now();
    if (!settings.instance().equals(spec.getHolderIdentity())) {
      log.atDebug().addKeyValue(LogKeys.INSTANCE, settings.instance()).log("Holds the Lease");
      spec.setHolderIdentity(settings.instance());
      spec.setAcquireTime(now);
    }
    spec.setRenewTime(now);
    spec.setLeaseDurationSeconds((int) LeaderElection.LEASE_DURATION.toSeconds());
  }

  private static ZonedDateTime now() {
    return ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
  }
}
