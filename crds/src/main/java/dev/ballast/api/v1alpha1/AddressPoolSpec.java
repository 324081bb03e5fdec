package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may be given away, and to whom.
 *
 * @param addresses each a CIDR ({@code 192.0.2.0/28}), a range ({@code 192.0.2.1-192.0.2.9}) or one
 *     address, IPv4 or IPv6; no two may overlap
 * @param exclude never given, though among {@code addresses}; written alike
 * @param avoidBuggyIPs whether IPv4 addresses that end in .0 or .255 are never given
 * @param autoAssign false: only for Services that ask for the pool or for an address of it
 * @param disabled whether nothing more is given; what is held stays held
 * @param priority of pools that would do, the highest comes first; of equals, by name
 * @param namespaceSelector of the namespaces whose Services may have an address; null: any
 * @param serviceSelector of the Services that may have an address; null: any
 * @param namespaceQuota how many addresses the Services of one namespace may hold; null: any number
 * @param reclaimPolicy what becomes of an address whose Service is gone
 */
@SchemaCustomizer(PoolAddressRulesCustomizer.class)
@SchemaCustomizer(
    value = SelectorRulesCustomizer.class,
    input = "namespaceSelector,serviceSelector")
public record AddressPoolSpec(
    @Required
        @JsonPropertyDescription(
            "Addresses to give to Services: CIDRs (192.0.2.0/28), ranges (192.0.2.1-192.0.2.9) and single addresses,"
                + " IPv4 and IPv6. No two entries may overlap.")
        List<String> addresses,
    @JsonPropertyDescription(
            "Addresses that are never given: CIDRs, ranges and single addresses, as in addresses.")
        List<String> exclude,
    @Default("false")
        @JsonPropertyDescription(
            "Never gives IPv4 addresses that end in .0 or .255, which some old clients cannot reach.")
        Boolean avoidBuggyIPs,
    @Default("true")
        @JsonPropertyDescription(
            "False: only for Services that ask for it (annotations ballast.dev/pool, ballast.dev/address).")
        Boolean autoAssign,
    @Default("false") @JsonPropertyDescription("Gives no more addresses; what is held stays held.")
        Boolean disabled,
    @Default("0")
        @Min(Integer.MIN_VALUE) @Max(Integer.MAX_VALUE) @JsonPropertyDescription(
            "Of pools that would do, the one with the highest number comes first; of equals, by name.")
        Integer priority,
    @JsonPropertyDescription(
            "Only for Services of namespaces with these labels. Addresses that are held stay held when labels change.")
        @Nullable LabelSelector namespaceSelector,
    @JsonPropertyDescription(
            "Only for Services with these labels. Addresses that are held stay held when labels change.")
        @Nullable LabelSelector serviceSelector,
    @Min(0) @Max(1_000_000) @JsonPropertyDescription(
            "How many addresses of this pool the Services of one namespace may hold together.")
        @Nullable Integer namespaceQuota,
    @Default("Delete")
        @JsonPropertyDescription(
            "Retain: an address whose Service is gone stays reserved for a Service of that namespace and name."
                + " Delete: it is free again.")
        ReclaimPolicy reclaimPolicy) {

  public AddressPoolSpec(
      @Nullable List<String> addresses,
      @Nullable List<String> exclude,
      @Nullable Boolean avoidBuggyIPs,
      @Nullable Boolean autoAssign,
      @Nullable Boolean disabled,
      @Nullable Integer priority,
      @Nullable LabelSelector namespaceSelector,
      @Nullable LabelSelector serviceSelector,
      @Nullable Integer namespaceQuota,
      @Nullable ReclaimPolicy reclaimPolicy) {
    this.addresses = Lists.orEmpty(addresses);
    this.exclude = Lists.orEmpty(exclude);
    this.avoidBuggyIPs = requireNonNullElse(avoidBuggyIPs, false);
    this.autoAssign = requireNonNullElse(autoAssign, true);
    this.disabled = requireNonNullElse(disabled, false);
    this.priority = requireNonNullElse(priority, 0);
    this.namespaceSelector = namespaceSelector;
    this.serviceSelector = serviceSelector;
    this.namespaceQuota = namespaceQuota;
    this.reclaimPolicy = requireNonNullElse(reclaimPolicy, ReclaimPolicy.Delete);
  }

  /** For any Service, and with nothing held back. */
  public static AddressPoolSpec of(List<String> addresses) {
    return new AddressPoolSpec(addresses, null, null, null, null, null, null, null, null, null);
  }
}
