package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNull;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.stream.Stream;

/**
 * Schema customizer that makes list properties maps for server-side apply, so that each writer owns
 * entries and not the whole list. The input has the form {@code property=key,property=key}.
 */
public final class ListMapCustomizer implements SchemaCustomizer.Customizer {

  public ListMapCustomizer() {}

  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    for (String pair : input.split(",", -1)) {
      int equals = pair.indexOf('=');
      String property = pair.substring(0, equals);
      JSONSchemaProps list = requireNonNull(schema.getProperties().get(property), property);
      String key = pair.substring(equals + 1);
      list.setXKubernetesListType("map");
      list.setXKubernetesListMapKeys(List.of(key));
      list.getItems().getSchema().setRequired(requiredWith(list.getItems().getSchema(), key));
    }
    return schema;
  }

  private static List<String> requiredWith(JSONSchemaProps item, String key) {
    return Stream.concat(item.getRequired().stream(), Stream.of(key)).distinct().sorted().toList();
  }
}
