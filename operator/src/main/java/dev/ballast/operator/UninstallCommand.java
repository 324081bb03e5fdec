package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.heartbeat.HeartbeatSecret;
import dev.ballast.operator.service.ServiceScope;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command that releases the addresses of all Services before Ballast is uninstalled. It runs
 * while the data plane is still up, in the order of every cleanup: status, LoadBalancer, finalizer,
 * Address. It scales the operators to zero first, and takes their Lease and keeps it, so that none
 * of them publishes a status again.
 */
final class UninstallCommand {

  private static final Logger log = LoggerFactory.getLogger(UninstallCommand.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int MAX_LOGGED = 20;

  /** Longer than the default {@code terminationGracePeriodSeconds} of a Pod. */
  private static final Duration GRACE = Duration.ofSeconds(40);

  /**
   * Ends when everything is released, or after {@code timeout}.
   *
   * @param deployment of the operators, which is scaled to zero; null where there is none
   * @return whether everything is released
   */
  static boolean run(
      KubernetesClient client,
      OperatorSettings settings,
      @Nullable String deployment,
      Duration timeout)
      throws IOException {
    return run(client, settings, deployment, GRACE, timeout);
  }

  /** The operators have {@code grace} to end by themselves. */
  static boolean run(
      KubernetesClient client,
      OperatorSettings settings,
      @Nullable String deployment,
      Duration grace,
      Duration timeout)
      throws IOException {
    Instant deadline = Instant.now().plus(timeout);
    if (deployment != null) {
      stopOperators(client, settings.namespace(), deployment);
    }
    if (settings.leaderElection() && !takeLease(client, settings, grace, deadline)) {
      return false;
    }
    BallastOperator operator =
        new BallastOperator(client, settings.withoutHeartbeatSecret(), ServiceScope.NONE);
    try {
      operator.start();
      boolean clean = awaitClean(client, operator, deadline);
      if (clean) {
        operator.keepLease();
        HeartbeatSecret.delete(client, settings.namespace(), settings.heartbeatSecret());
      }
      return clean;
    } finally {
      operator.stop();
    }
  }

  private static void stopOperators(KubernetesClient client, String namespace, String deployment) {
    try {
      client.apps().deployments().inNamespace(namespace).withName(deployment).scale(0);
      log.atInfo().addKeyValue(LogKeys.DEPLOYMENT, deployment).log("Scaled the operators to zero");
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private static boolean takeLease(
      KubernetesClient client, OperatorSettings settings, Duration grace, Instant deadline) {
    try {
      return new OperatorLease(client, settings).take(grace, deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean awaitClean(
      KubernetesClient client, BallastOperator operator, Instant deadline) {
    while (true) {
      List<String> remaining = remaining(client, operator);
      if (remaining.isEmpty()) {
        log.atInfo().log("Released the addresses of all Services");
        deleteNodes(client);
        return true;
      }
      if (Instant.now().isAfter(deadline)) {
        log.atWarn()
            .addKeyValue(LogKeys.REMAINING, remaining.stream().limit(MAX_LOGGED).toList())
            .log(
                "Timed out before everything was released. Check that the data plane runs, and try"
                    + " again");
        return false;
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** The data plane creates them again after a minute, and is uninstalled by then. */
  private static void deleteNodes(KubernetesClient client) {
    try {
      client.resources(LoadBalancerNode.class).list().getItems().stream()
          .map(client::resource)
          .forEach(node -> node.delete());
    } catch (KubernetesClientException e) {
      log.atInfo()
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("LoadBalancerNodes stay, because they cannot be deleted");
    }
  }

  /** Objects that are not released yet. Reservations are made by people, and stay. */
  private static List<String> remaining(KubernetesClient client, BallastOperator operator) {
    try {
      List<String> objects =
          Stream.of(
                  client.services().inAnyNamespace().list().getItems().stream()
                      .filter(PublishedStatus::hasConditions)
                      .map(service -> named("service", service)),
                  client.resources(Address.class).list().getItems().stream()
                      .filter(address -> !address.getSpec().claims().isEmpty())
                      .map(address -> named("address", address)),
                  // After the uninstallation, nothing would remove their finalizers.
                  client.resources(AddressPool.class).list().getItems().stream()
                      .filter(pool -> pool.hasFinalizer(ApiNames.IN_USE_FINALIZER))
                      .map(pool -> named("addresspool", pool)))
              .flatMap(names -> names)
              .toList();
      if (!objects.isEmpty()) {
        return objects;
      }
      List<LoadBalancer> strays =
          client.resources(LoadBalancer.class).inAnyNamespace().list().getItems().stream()
              .filter(loadBalancer -> loadBalancer.hasFinalizer(ApiNames.RELEASE_FINALIZER))
              .toList();
      strays.forEach(operator::deleteStray);
      return strays.stream().map(loadBalancer -> named("loadbalancer", loadBalancer)).toList();
    } catch (KubernetesClientException e) {
      log.atDebug().setCause(e).log("Could not list the remaining objects, retrying");
      return List.of("unknown: " + e.getMessage());
    }
  }

  private static String named(String kind, HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return kind + " " + (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
  }

  private UninstallCommand() {}
}
