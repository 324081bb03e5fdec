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
 * Waits for an API server that is about to come: an outage ends a lead and its process with it,
 * which is then started again into that outage. One that has just come refuses what it allows a
 * moment later, since it has not read its roles yet, and knows no kinds but its own.
 */
final class ApiServerWait {

  private static final Logger log = LoggerFactory.getLogger(ApiServerWait.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * Returns once our kinds can be listed.
   *
   * @throws KubernetesClientException what is wrong still, after {@code patience}
   */
  static void await(KubernetesClient client, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
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
                  "the API server does not let us see our kinds, trying again for {}: {}",
                  patience,
                  e.getMessage());
        }
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private ApiServerWait() {}
}
