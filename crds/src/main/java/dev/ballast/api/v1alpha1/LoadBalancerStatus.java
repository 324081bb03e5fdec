package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/**
 * What is. Both lists are maps to server-side apply, so that every writer owns its own entries: a
 * node its report, keyed by its name; conditions by their type. The conditions speak of all nodes,
 * and are written by the one that serves the first address.
 */
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type,nodes=name")
public record LoadBalancerStatus(
    @JsonPropertyDescription(
            "Allocated, Programmed, Announced, Healthy: each with a reason and a message. Conflict, while another"
                + " machine answers for an address too.")
        List<Condition> conditions,
    @JsonPropertyDescription("The reports of the nodes that serve this load balancer.")
        List<NodeReport> nodes) {

  public LoadBalancerStatus {
    conditions = Lists.orEmpty(conditions);
    nodes = Lists.orEmpty(nodes);
  }
}
