package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.service.ServiceReconciler;
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
 * Takes back all that was given to Services while the data plane still runs to let it go: status,
 * program, finalizer, Address, in the order of every release. The operators are stopped first, and
 * it leads in their place before it decides anything, so that none of them publishes anew.
 */
final class UninstallCommand {

  private static final Logger log = LoggerFactory.getLogger(UninstallCommand.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * Ends when nothing is left, or after {@code patience}.
   *
   * @param deployment of the operators, to be stopped; null where there is none
   * @return whether nothing is left
   */
  static boolean run(
      KubernetesClient client,
      OperatorSettings settings,
      @Nullable String deployment,
      Duration patience)
      throws IOException {
    if (deployment != null) {
      stopOperators(client, settings.namespace(), deployment);
    }
    BallastOperator operator = new BallastOperator(client, settings, ServiceReconciler.Scope.NONE);
    try {
      operator.start();
      return awaitClean(client, operator, Instant.now().plus(patience));
    } finally {
      operator.stop();
    }
  }

  private static void stopOperators(KubernetesClient client, String namespace, String deployment) {
    try {
      client.apps().deployments().inNamespace(namespace).withName(deployment).scale(0);
      log.atInfo().addKeyValue("deployment", deployment).log("operators told to stop");
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private static boolean awaitClean(
      KubernetesClient client, BallastOperator operator, Instant deadline) {
    while (true) {
      List<String> left = left(client, operator);
      if (left.isEmpty()) {
        log.atInfo().log("every Service has given back its address: nothing is left");
        return true;
      }
      if (Instant.now().isAfter(deadline)) {
        log.atWarn()
            .addKeyValue("left", left.stream().limit(20).toList())
            .log(
                "not everything could be taken back in time; see whether the data plane runs, and"
                    + " try again");
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

  /** What bears a trace of us, as the API server has it. A reservation is a person's, and stays. */
  private static List<String> left(KubernetesClient client, BallastOperator operator) {
    try {
      List<String> traces =
          Stream.of(
                  client.services().inAnyNamespace().list().getItems().stream()
                      .filter(ServiceReconciler::isMarked)
                      .map(service -> named("service", service)),
                  client.resources(Address.class).list().getItems().stream()
                      .filter(address -> !address.getSpec().claims().isEmpty())
                      .map(address -> named("address", address)),
                  // Nobody would be left to let them go.
                  client.resources(AddressPool.class).list().getItems().stream()
                      .filter(pool -> pool.hasFinalizer(ApiNames.IN_USE_FINALIZER))
                      .map(pool -> named("addresspool", pool)))
              .flatMap(trace -> trace)
              .toList();
      if (!traces.isEmpty()) {
        return traces;
      }
      List<LoadBalancer> strays =
          client.resources(LoadBalancer.class).inAnyNamespace().list().getItems().stream()
              .filter(loadBalancer -> loadBalancer.hasFinalizer(ApiNames.RELEASE_FINALIZER))
              .toList();
      strays.forEach(operator::removeStray);
      return strays.stream().map(loadBalancer -> named("loadbalancer", loadBalancer)).toList();
    } catch (KubernetesClientException e) {
      log.atDebug().setCause(e).log("cannot ask what is left; asking again");
      return List.of("unknown: " + e.getMessage());
    }
  }

  private static String named(String kind, HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return kind + " " + (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
  }

  private UninstallCommand() {}
}
