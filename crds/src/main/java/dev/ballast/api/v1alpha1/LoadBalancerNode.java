package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.Annotations;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * Custom resource with the state of the data plane on one node, and what is wrong with the node. It
 * has the name of the Node and no spec. The data plane of the node creates it and writes its
 * status.
 */
@JsonClassDescription(
    "LoadBalancerNode is the state of the data plane on a node. Its name is the name of the Node. Ballast creates it.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@ShortNames("lbnode")
@Annotations("helm.sh/resource-policy=keep")
@AdditionalPrinterColumn(
    name = "Version",
    jsonPath = ".status.version",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Steering",
    jsonPath = ".status.steering",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Addresses",
    jsonPath = ".status.addressCount",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Draining",
    jsonPath = ".status.drainingPods[0]",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Finding",
    jsonPath = ".status.findings[0].reason",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class LoadBalancerNode extends CustomResource<Void, LoadBalancerNodeStatus> {

  @Override
  protected @Nullable LoadBalancerNodeStatus initStatus() {
    return null;
  }
}
