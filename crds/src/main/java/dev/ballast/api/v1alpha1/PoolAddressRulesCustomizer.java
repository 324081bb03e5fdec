package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNull;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Validation rules for {@code addresses} and {@code exclude} of AddressPools, in CEL with
 * Kubernetes' IP and CIDR libraries (1.31). CEL cannot order addresses, so the rules compare IPv4
 * addresses as numbers. The order and overlap of IPv6 ranges would need padded text. The API server
 * rejects such a rule, because it cannot estimate its cost. Therefore the operator checks them, and
 * reports them in the pool's Ready condition.
 */
public final class PoolAddressRulesCustomizer implements SchemaCustomizer.Customizer {

  /** The length of an IPv6 range: two addresses of 39 characters and a dash. */
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
    list.setMaxItems((long) AddressPoolSpec.MAX_ENTRIES);
    JSONSchemaProps entry = list.getItems().getSchema();
    entry.setMaxLength(MAX_ENTRY_LENGTH);
    entry.setXKubernetesValidations(List.of(readable(), oneFamily(), notReversed()));
  }

  private static ValidationRule readable() {
    return rule(
        isReadable("self"),
        "\"'\" + self + \"' must be an IP address, a CIDR (192.0.2.0/28) or a range (192.0.2.1-192.0.2.9)\"");
  }

  private static ValidationRule oneFamily() {
    return rule(
        "!(%s) || ip(%s).family() == ip(%s).family()"
            .formatted(isRange("self"), first("self"), last("self")),
        "\"both ends of '\" + self + \"' must have the same IP family\"");
  }

  private static ValidationRule notReversed() {
    return rule(
        "!(%s) || self.contains(':') || %s <= %s"
            .formatted(isRange("self"), number(first("self")), number(last("self"))),
        "\"the first address of '\" + self + \"' must not be higher than the last\"");
  }

  private static ValidationRule noOverlap() {
    return rule(
        "!self.all(a, %s) || self.all(x, self.filter(y, x == y || %s || %s || %s).size() == 1)"
            .formatted(isReadable("a"), cidrHoldsEnd("x", "y"), cidrHoldsEnd("y", "x"), v4Meet()),
        "\"entries must not overlap: \" + self.join(', ')");
  }

  private static String cidrHoldsEnd(String cidr, String other) {
    return "(%1$s.contains('/') && (cidr(%1$s).containsIP(%2$s) || cidr(%1$s).containsIP(%3$s)))"
        .formatted(cidr, first(other), last(other));
  }

  /**
   * Compares the ends of two ranges. A CIDR may be compared by any of its addresses: if it contains
   * no end of the range, it lies beside the range or inside it.
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
