package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.LoadBalancer;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the API server at the start of the process. An outage ends the leadership and with it
 * the process, so that the next process starts during the outage. An API server that has just
 * started rejects requests that it allows a moment later: it has not loaded its roles and custom
 * resources yet.
 */
final class ApiServerWait {

  private static final Logger log = LoggerFactory.getLogger(ApiServerWait.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * Returns once the kinds of Ballast can be listed.
   *
   * @throws KubernetesClientException the last failure, after {@code timeout}
   */
  static void await(KubernetesClient client, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    for (boolean first = true; ; first = false) {
      try {
        for (var kind : List.of(Address.class, AddressPool.class, LoadBalancer.class)) {
          client
              .resources(kind)
              .inAnyNamespace()
              .list(new ListOptionsBuilder().withLimit(1L).build());
        }
        return;
      } catch (KubernetesClientException e) {
        if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (first) {
          log.atWarn()
              .log(
                  "Cannot list the kinds of Ballast, retrying for up to {}: {}",
                  timeout,
                  e.getMessage());
        }
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private ApiServerWait() {}
}
