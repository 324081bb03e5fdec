package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonClassDescription;
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
 * Desired state of an AddressPool: its addresses, and the Services that may use them.
 *
 * @param addresses CIDRs ({@code 192.0.2.0/28}), ranges ({@code 192.0.2.1-192.0.2.9}) and single
 *     addresses, IPv4 and IPv6, without overlap
 * @param exclude addresses that are never allocated, in the same notation
 * @param avoidBuggyIPs whether IPv4 addresses that end in .0 or .255 are never allocated
 * @param autoAssign whether Services that do not request the pool can use it
 * @param disabled whether allocation from the pool has stopped
 * @param priority preference among the pools that a Service can use; the highest wins
 * @param namespaceSelector selects the namespaces that may use the pool; null selects all
 * @param serviceSelector selects the Services that may use the pool; null selects all
 * @param namespaceQuota limit of addresses for the Services of one namespace; null means no limit
 * @param reclaimPolicy what happens to an address after its Service is deleted
 * @param announce the nodes and interfaces that may announce the addresses; null allows all
 */
@JsonClassDescription(
    "AddressPoolSpec lists the addresses of the pool, and the Services that may use them.")
@SchemaCustomizer(PoolAddressRulesCustomizer.class)
@SchemaCustomizer(
    value = SelectorRulesCustomizer.class,
    input = "namespaceSelector,serviceSelector")
public record AddressPoolSpec(
    @Required
        @JsonPropertyDescription(
            "The IP addresses of the pool, IPv4 and IPv6. An entry is a CIDR (192.0.2.0/28), a range"
                + " (192.0.2.1-192.0.2.9) or a single address. Entries must not overlap.")
        List<String> addresses,
    @JsonPropertyDescription(
            "Addresses that Ballast never allocates from this pool. An entry has the same form as in addresses.")
        List<String> exclude,
    @Default("false")
        @JsonPropertyDescription(
            "If true, Ballast does not allocate IPv4 addresses that end in .0 or .255. Some old clients cannot reach them.")
        Boolean avoidBuggyIPs,
    @Default("true")
        @JsonPropertyDescription(
            "If false, Ballast uses the pool only for Services that request it. The annotations that request it are"
                + " ballast.dev/pool and ballast.dev/address.")
        Boolean autoAssign,
    @Default("false")
        @JsonPropertyDescription(
            "If true, Ballast allocates no further addresses from the pool. Services keep the addresses that they have.")
        Boolean disabled,
    @Default("0")
        @Min(Integer.MIN_VALUE) @Max(Integer.MAX_VALUE) @JsonPropertyDescription(
            "Ballast prefers the pool with the highest priority among those that a Service can use. If priorities are"
                + " equal, it takes the first one by name.")
        Integer priority,
    @JsonPropertyDescription(
            "Selects the namespaces whose Services can use the pool. If not set, all namespaces can. If labels change,"
                + " Services keep the addresses that they have.")
        @Nullable LabelSelector namespaceSelector,
    @JsonPropertyDescription(
            "Selects the Services that can use the pool by their labels. If not set, all Services can. If labels change,"
                + " Services keep the addresses that they have.")
        @Nullable LabelSelector serviceSelector,
    @Min(0) @Max(1_000_000) @JsonPropertyDescription(
            "The maximum number of addresses of this pool that the Services of one namespace can have. If not set, there is no limit.")
        @Nullable Integer namespaceQuota,
    @Default("Delete")
        @JsonPropertyDescription(
            "What happens to an address after its Service is deleted. Delete makes the address available again. Retain"
                + " reserves it for a Service with the same namespace and name.")
        ReclaimPolicy reclaimPolicy,
    @JsonPropertyDescription(
            "The nodes and network interfaces that can announce the addresses. If not set, all can.")
        @Nullable AnnounceSpec announce) {

  /** The limit of entries in {@code addresses} and in {@code exclude}. */
  public static final int MAX_ENTRIES = 32;

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
      @Nullable ReclaimPolicy reclaimPolicy,
      @Nullable AnnounceSpec announce) {
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
    this.announce = announce;
  }

  /** A pool with defaults only: any Service can have any of its addresses. */
  public static AddressPoolSpec of(List<String> addresses) {
    return new AddressPoolSpec(
        addresses, null, null, null, null, null, null, null, null, null, null);
  }
}
