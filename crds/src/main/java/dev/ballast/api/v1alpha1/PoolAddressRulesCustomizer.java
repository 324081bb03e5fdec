package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNull;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * The API server's checks on {@code addresses} and {@code exclude} of AddressPools, in CEL with
 * Kubernetes' IP and CIDR libraries (1.31). CEL orders no addresses; IPv4 ones are compared as
 * numbers. IPv6 ranges would need padded text, whose cost the API server cannot bound: it refuses
 * the rule, so the order and overlap of these are the operator's to check, and show in the pool's
 * Ready condition.
 */
public final class PoolAddressRulesCustomizer implements SchemaCustomizer.Customizer {

  private static final long MAX_ENTRIES = 32;

  /** Two IPv6 addresses at their longest, and a dash. */
  private static final long MAX_ENTRY_LENGTH = 79;

  public PoolAddressRulesCustomizer() {}

  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    JSONSchemaProps addresses = requireNonNull(schema.getProperties().get("addresses"));
    addresses.setMinItems(1L);
    addresses.setXKubernetesValidations(List.of(noOverlap()));
    constrainEntries(addresses);
    constrainEntries(requireNonNull(schema.getProperties().get("exclude")));
    return schema;
  }

  private static void constrainEntries(JSONSchemaProps list) {
    list.setMaxItems(MAX_ENTRIES);
    JSONSchemaProps entry = list.getItems().getSchema();
    entry.setMaxLength(MAX_ENTRY_LENGTH);
    entry.setXKubernetesValidations(List.of(readable(), oneFamily(), notReversed()));
  }

  private static ValidationRule readable() {
    return rule(
        isReadable("self"),
        "\"'\" + self + \"' is not an address, a CIDR (192.0.2.0/28) or a range (192.0.2.1-192.0.2.9)\"");
  }

  private static ValidationRule oneFamily() {
    return rule(
        "!(%s) || ip(%s).family() == ip(%s).family()"
            .formatted(isRange("self"), first("self"), last("self")),
        "\"the ends of '\" + self + \"' are of different families\"");
  }

  private static ValidationRule notReversed() {
    return rule(
        "!(%s) || self.contains(':') || %s <= %s"
            .formatted(isRange("self"), number(first("self")), number(last("self"))),
        "\"the first address of '\" + self + \"' is higher than its last\"");
  }

  private static ValidationRule noOverlap() {
    return rule(
        "!self.all(a, %s) || self.all(x, self.filter(y, x == y || %s || %s || %s).size() == 1)"
            .formatted(isReadable("a"), cidrHoldsEnd("x", "y"), cidrHoldsEnd("y", "x"), v4Meet()),
        "\"two entries overlap; an address may stand in one entry only: \" + self.join(', ')");
  }

  private static String cidrHoldsEnd(String cidr, String other) {
    return "(%1$s.contains('/') && (cidr(%1$s).containsIP(%2$s) || cidr(%1$s).containsIP(%3$s)))"
        .formatted(cidr, first(other), last(other));
  }

  /**
   * Any address of a CIDR serves to place it: what holds neither end of a range lies beside or
   * within.
   */
  private static String v4Meet() {
    return "(!x.contains(':') && !y.contains(':') && %s <= %s && %s <= %s)"
        .formatted(number(first("x")), number(last("y")), number(first("y")), number(last("x")));
  }

  private static String isReadable(String entry) {
    return "isIP(%1$s) || isCIDR(%1$s) || (%2$s)".formatted(entry, isRange(entry));
  }

  private static String isRange(String entry) {
    return "size(%1$s.split('-')) == 2 && %1$s.split('-').all(p, isIP(p))".formatted(entry);
  }

  private static String first(String entry) {
    return entry + ".split('/')[0].split('-')[0]";
  }

  private static String last(String entry) {
    return "%1$s.split('/')[0].split('-')[size(%1$s.split('-')) - 1]".formatted(entry);
  }

  private static String number(String v4) {
    return ("(int(%1$s.split('.')[0]) * 16777216 + int(%1$s.split('.')[1]) * 65536"
            + " + int(%1$s.split('.')[2]) * 256 + int(%1$s.split('.')[3]))")
        .formatted(v4);
  }

  private static ValidationRule rule(String cel, String message) {
    return new ValidationRuleBuilder().withRule(cel).withMessageExpression(message).build();
  }
}
