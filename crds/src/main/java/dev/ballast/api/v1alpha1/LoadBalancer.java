package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.Annotations;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * Custom resource with the load-balancer configuration of one Service: its listeners, and how
 * backends are selected and checked. It has the namespace and name of its Service. The operator
 * writes the spec. The node that serves the Service writes its report into the status, so that the
 * two never write the same field.
 */
@JsonClassDescription(
    "LoadBalancer is the configuration and state of the load balancer of one Service. Ballast creates it.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Annotations("helm.sh/resource-policy=keep")
@AdditionalPrinterColumn(
    name = "Address",
    jsonPath = ".spec.addresses[0]",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Announced",
    jsonPath = ".status.conditions[?(@.type=='Announced')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Node",
    jsonPath = ".status.nodes[0].name",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Healthy",
    jsonPath = ".status.nodes[0].healthyBackends",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Owner",
    jsonPath = ".status.conditions[?(@.type=='Announced')].message",
    priority = 1,
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class LoadBalancer extends CustomResource<LoadBalancerSpec, LoadBalancerStatus>
    implements Namespaced {

  @Override
  protected @Nullable LoadBalancerSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable LoadBalancerStatus initStatus() {
    return null;
  }
}
