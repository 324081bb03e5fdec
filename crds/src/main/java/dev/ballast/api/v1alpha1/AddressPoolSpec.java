package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may be given away.
 *
 * @param addresses each a CIDR ({@code 192.0.2.0/28}), a range ({@code 192.0.2.1-192.0.2.9}) or one
 *     address, IPv4 or IPv6; no two may overlap
 */
@SchemaCustomizer(PoolAddressRules.class)
public record AddressPoolSpec(
    @Required
        @JsonPropertyDescription(
            "Addresses to give to Services: CIDRs (192.0.2.0/28), ranges (192.0.2.1-192.0.2.9) and single addresses,"
                + " IPv4 and IPv6. No two entries may overlap.")
        List<String> addresses) {

  public AddressPoolSpec(@Nullable List<String> addresses) {
    this.addresses = addresses == null ? List.of() : List.copyOf(addresses);
  }
}
