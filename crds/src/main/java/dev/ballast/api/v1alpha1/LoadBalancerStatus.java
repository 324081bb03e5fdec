package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/**
 * Observed state of a LoadBalancer. Both lists are maps for server-side apply, so that each writer
 * owns its entries: a node owns its report by its name, and conditions are owned by type. The
 * conditions summarize all nodes. The node that serves the first address writes them.
 */
@JsonClassDescription(
    "LoadBalancerStatus reports the conditions of the load balancer, and the state at each node that serves it.")
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type,nodes=name")
public record LoadBalancerStatus(
    @JsonPropertyDescription(
            "Allocated is True if the load balancer has its addresses. Programmed is True if the data plane listens"
                + " on all ports. Announced is True if nodes announce all addresses. Healthy is True if"
                + " there are healthy backends. Conflict is True while another machine uses an address. Limited is True"
                + " while a node rejects connections.")
        List<Condition> conditions,
    @JsonPropertyDescription("The reports of the nodes that serve the load balancer.")
        List<NodeReport> nodes) {

  public LoadBalancerStatus {
    conditions = Lists.orEmpty(conditions);
    nodes = Lists.orEmpty(nodes);
  }
}
