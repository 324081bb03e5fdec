package dev.ballast.dataplane.server.status;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.Map;

/**
 * The API calls that write statuses. Both block for a round trip, and return the new
 * resourceVersion. They throw {@link io.fabric8.kubernetes.client.KubernetesClientException}, with
 * code 404 or 409 if the LoadBalancer with this uid is gone.
 */
public interface StatusApi {

  /**
   * Applies this node's report, and its conditions if it has any.
   *
   * @param transitionTimes time of the last transition, by condition type
   */
  long apply(ServiceKey id, String uid, StatusReport report, Map<String, String> transitionTimes);

  /** Removes the report of a node, and the conditions that no other node applies. */
  long remove(ServiceKey id, String uid, String node);
}
