package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.Map;

/**
 * The two writes a node does. Both block for a round trip, return the resourceVersion that came of
 * it, and throw {@link io.fabric8.kubernetes.client.KubernetesClientException}, with code 404 or
 * 409 when the LoadBalancer of this uid is gone.
 */
public interface StatusApi {

  /**
   * Writes this node's report, and the conditions if it says them.
   *
   * @param since time of the last transition, per condition type
   */
  long apply(ServiceKey id, String uid, StatusReport report, Map<String, String> since);

  /** Removes the report of {@code node}, and the conditions unless another node has them too. */
  long remove(ServiceKey id, String uid, String node);
}
