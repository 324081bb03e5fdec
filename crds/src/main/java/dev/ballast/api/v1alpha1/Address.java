package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.Annotations;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * Custom resource for one allocated or reserved IP address. It is cluster-scoped and its name is
 * the address, so that the API server rejects a second allocation of it, as with Kubernetes'
 * IPAddress (KEP-1880).
 */
@JsonClassDescription(
    "Address is an IP address that is allocated to Services or reserved. Its name is the address.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Plural("addresses")
@Annotations("helm.sh/resource-policy=keep")
@AdditionalPrinterColumn(
    name = "Address",
    jsonPath = ".spec.ip",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Pool",
    jsonPath = ".spec.pool",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Namespace",
    jsonPath = ".spec.claims[0].namespace",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Service",
    jsonPath = ".spec.claims[0].name",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "For namespace",
    jsonPath = ".spec.reservedFor.namespace",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "For Service",
    jsonPath = ".spec.reservedFor.service",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Phase",
    jsonPath = ".status.phase",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Orphaned",
    jsonPath = ".status.conditions[?(@.type=='Orphaned')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Conflict",
    jsonPath = ".status.conditions[?(@.type=='Conflict')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class Address extends CustomResource<AddressSpec, AddressStatus> {

  @Override
  protected @Nullable AddressSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable AddressStatus initStatus() {
    return null;
  }
}
