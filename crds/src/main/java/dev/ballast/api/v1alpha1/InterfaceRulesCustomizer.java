package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNull;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/** Validation rules for {@code interfaces}: names that Linux allows, or their beginning. */
public final class InterfaceRulesCustomizer implements SchemaCustomizer.Customizer {

  private static final long MAX_INTERFACES = 16;

  /** One less than {@code IFNAMSIZ} of Linux, and an asterisk. */
  private static final long MAX_LENGTH = 16;

  public InterfaceRulesCustomizer() {}

  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    JSONSchemaProps interfaces = requireNonNull(schema.getProperties().get("interfaces"));
    interfaces.setMaxItems(MAX_INTERFACES);
    JSONSchemaProps entry = interfaces.getItems().getSchema();
    entry.setMaxLength(MAX_LENGTH);
    entry.setXKubernetesValidations(
        List.of(
            new ValidationRuleBuilder()
                .withRule("self.matches('^([^/*\\\\s]{1,15}|[^/*\\\\s]{0,15}[*])$')")
                .withMessageExpression(
                    "\"'\" + self + \"' must be the name of an interface (eth1), or its beginning with an asterisk (enp*)\"")
                .build()));
    return schema;
  }
}
