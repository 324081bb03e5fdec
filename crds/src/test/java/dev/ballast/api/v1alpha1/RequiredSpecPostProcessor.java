package dev.ballast.api.v1alpha1;

import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.util.List;

/**
 * Makes {@code spec} required, if the kind has one. The generator can only make fields of the spec
 * required.
 */
record RequiredSpecPostProcessor(CRDPostProcessor before) implements CRDPostProcessor {

  @Override
  public HasMetadata process(HasMetadata crd, String version) {
    var definition = (CustomResourceDefinition) before.process(crd, version);
    definition.getSpec().getVersions().stream()
        .map(v -> v.getSchema().getOpenAPIV3Schema())
        .filter(schema -> schema.getProperties().containsKey("spec"))
        .forEach(schema -> schema.setRequired(List.of("spec")));
    return definition;
  }
}
