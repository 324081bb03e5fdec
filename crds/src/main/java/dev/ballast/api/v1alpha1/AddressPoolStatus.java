package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Observed state of an AddressPool: its capacity, its use and its conditions. A count that does not
 * fit into 63 bits is reported as {@link Long#MAX_VALUE}, because a pool of IPv6 can be larger.
 */
@JsonClassDescription(
    "AddressPoolStatus reports the capacity of the pool, its use and its conditions.")
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type")
public record AddressPoolStatus(
    @JsonPropertyDescription("The generation of the spec that this status refers to.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "The number of addresses that Ballast can allocate from the pool. Excluded addresses, addresses of nodes"
                + " and addresses that another pool allocates do not count.")
        @Nullable Long capacity,
    @JsonPropertyDescription("The number of these addresses that are allocated or reserved.")
        @Nullable Long allocated,
    @JsonPropertyDescription("The number of these addresses that are available.")
        @Nullable Long available,
    @JsonPropertyDescription("The numbers for IPv4. Not set if the pool has no IPv4 addresses.")
        @Nullable AddressCount ipv4,
    @JsonPropertyDescription("The numbers for IPv6. Not set if the pool has no IPv6 addresses.")
        @Nullable AddressCount ipv6,
    @JsonPropertyDescription(
            "The number of addresses that Services have from this pool, although no pool contains them now.")
        @Nullable Integer orphaned,
    @JsonPropertyDescription(
            "The nodes that the selectors of spec.announce select. Not set if it has no selector.")
        @Nullable AnnounceStatus announce,
    @JsonPropertyDescription(
            "Ready is False if Ballast cannot allocate an address from the pool. Overlapping is True if another pool,"
                + " a node or a cluster range contains addresses of the pool. Conflict is True if other machines"
                + " on the network use addresses of the pool. InUse is True while Services delay the deletion"
                + " of the pool. Announceable is False if no node matches spec.announce.nodeSelector.")
        List<Condition> conditions) {

  public AddressPoolStatus {
    conditions = Lists.orEmpty(conditions);
  }
}
