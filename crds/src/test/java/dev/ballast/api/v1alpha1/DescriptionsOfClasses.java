package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.reflect.ParameterizedType;
import java.util.List;

/**
 * Adds the descriptions of a kind, its spec and its status, which {@code kubectl explain} prints
 * first. The generator reads those of properties only.
 */
record DescriptionsOfClasses(CRDPostProcessor before, List<Class<? extends HasMetadata>> kinds)
    implements CRDPostProcessor {

  @Override
  public HasMetadata process(HasMetadata crd, String version) {
    var definition = (CustomResourceDefinition) before.process(crd, version);
    String name = definition.getSpec().getNames().getKind();
    Class<?> kind =
        kinds.stream().filter(k -> HasMetadata.getKind(k).equals(name)).findFirst().orElseThrow();
    var specAndStatus = ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments();
    definition
        .getSpec()
        .getVersions()
        .forEach(
            v -> {
              JSONSchemaProps schema = v.getSchema().getOpenAPIV3Schema();
              describe(schema, kind);
              if (specAndStatus[0] == Void.class) {
                schema.getProperties().remove("spec");
              } else {
                describe(schema.getProperties().get("spec"), (Class<?>) specAndStatus[0]);
              }
              describe(schema.getProperties().get("status"), (Class<?>) specAndStatus[1]);
            });
    return definition;
  }

  private static void describe(JSONSchemaProps schema, Class<?> type) {
    schema.setDescription(type.getAnnotation(JsonClassDescription.class).value());
  }
}
