package dev.ballast.api.v1alpha1;

import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import java.util.List;

/** Adds the rules of Address: its name must be the object name of {@code spec.ip}. */
record AddressRulesPostProcessor(CRDPostProcessor before) implements CRDPostProcessor {

  private static final String GROUP = "(0|[1-9a-f][0-9a-f]{0,3})";

  @Override
  public HasMetadata process(HasMetadata crd, String version) {
    var definition = (CustomResourceDefinition) before.process(crd, version);
    if (definition.getSpec().getNames().getKind().equals("Address")) {
      definition
          .getSpec()
          .getVersions()
          .forEach(
              v ->
                  v.getSchema()
                      .getOpenAPIV3Schema()
                      .setXKubernetesValidations(
                          List.of(
                              new ValidationRuleBuilder()
                                  .withRule("isIP(self.spec.ip)")
                                  .withMessageExpression(
                                      "\"spec.ip '\" + self.spec.ip + \"' must be an IPv4 or IPv6 address\"")
                                  .build(),
                              new ValidationRuleBuilder()
                                  .withRule(
                                      "!isIP(self.spec.ip) || (self.spec.ip.contains(':')"
                                          + " ? self.metadata.name.matches('^%1$s(-%1$s){7}$')"
                                              .formatted(GROUP)
                                          + " && ip(self.metadata.name.replace('-', ':')) == ip(self.spec.ip)"
                                          + " : self.metadata.name == self.spec.ip)")
                                  .withMessageExpression(
                                      "\"metadata.name must be the same address as spec.ip \" + self.spec.ip + \". The name of an"
                                          + " IPv6 address has eight groups joined by dashes, as 2001-db8-0-0-0-0-0-1\"")
                                  .build())));
    }
    return definition;
  }
}
