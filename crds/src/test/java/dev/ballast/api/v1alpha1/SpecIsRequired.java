package dev.ballast.api.v1alpha1;

import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.util.List;

/** Makes the spec required. The generator knows required fields only within a spec. */
record SpecIsRequired(CRDPostProcessor before) implements CRDPostProcessor {

  @Override
  public HasMetadata process(HasMetadata crd, String version) {
    var definition = (CustomResourceDefinition) before.process(crd, version);
    definition
        .getSpec()
        .getVersions()
        .forEach(v -> v.getSchema().getOpenAPIV3Schema().setRequired(List.of("spec")));
    return definition;
  }
}
