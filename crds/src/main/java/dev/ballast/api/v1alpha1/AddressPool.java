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
 * Custom resource for a range of IP addresses that the operator allocates to Services, as an
 * IPAddressPool of MetalLB. It is cluster-scoped, because addresses of the LAN belong to no
 * namespace.
 */
@JsonClassDescription(
    "AddressPool defines IP addresses that Ballast can allocate to Services of type LoadBalancer.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@ShortNames("pool")
@Annotations("helm.sh/resource-policy=keep")
@AdditionalPrinterColumn(
    name = "Addresses",
    jsonPath = ".spec.addresses",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Allocated",
    jsonPath = ".status.allocated",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Available",
    jsonPath = ".status.available",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Orphaned",
    jsonPath = ".status.orphaned",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Priority",
    jsonPath = ".spec.priority",
    type = AdditionalPrinterColumn.Type.INTEGER,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type=='Ready')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Overlapping",
    jsonPath = ".status.conditions[?(@.type=='Overlapping')].status",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class AddressPool extends CustomResource<AddressPoolSpec, AddressPoolStatus> {

  @Override
  protected @Nullable AddressPoolSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable AddressPoolStatus initStatus() {
    return null;
  }
}
