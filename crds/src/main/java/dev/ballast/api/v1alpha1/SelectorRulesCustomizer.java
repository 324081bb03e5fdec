package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNull;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Validation rules for label selectors. The API server applies them to its own kinds, but not to
 * custom resources. The {@code input} lists the properties, comma-separated.
 */
public final class SelectorRulesCustomizer implements SchemaCustomizer.Customizer {

  private static final long MAX_REQUIREMENTS = 16;
  private static final long MAX_VALUES = 64;

  public SelectorRulesCustomizer() {}

  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    for (String property : input.split(",", -1)) {
      JSONSchemaProps selector = requireNonNull(schema.getProperties().get(property), property);
      JSONSchemaProps requirements =
          requireNonNull(selector.getProperties().get("matchExpressions"));
      requirements.setMaxItems(MAX_REQUIREMENTS);
      JSONSchemaProps requirement = requirements.getItems().getSchema();
      requirement.setRequired(List.of("key", "operator"));
      requireNonNull(requirement.getProperties().get("values")).setMaxItems(MAX_VALUES);
      requirement.setXKubernetesValidations(
          List.of(
              new ValidationRuleBuilder()
                  .withRule("self.operator in ['In', 'NotIn', 'Exists', 'DoesNotExist']")
                  .withMessage("operator must be In, NotIn, Exists or DoesNotExist")
                  .build(),
              new ValidationRuleBuilder()
                  .withRule(
                      "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)")
                  .withMessage("values must not be empty for the operators In and NotIn")
                  .build(),
              new ValidationRuleBuilder()
                  .withRule(
                      "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || size(self.values) == 0")
                  .withMessage("values must be empty for the operators Exists and DoesNotExist")
                  .build()));
    }
    return schema;
  }
}
