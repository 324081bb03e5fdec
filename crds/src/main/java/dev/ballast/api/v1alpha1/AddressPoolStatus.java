package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How full the pool is, in addresses; a count too large for 63 bits is reported as {@link
 * Long#MAX_VALUE}.
 */
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type")
public record AddressPoolStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Addresses that the pool can give: without those that it excludes, that nodes have, or that"
                + " another pool gives.")
        @Nullable Long capacity,
    @JsonPropertyDescription("Those of them that are held or reserved.") @Nullable Long allocated,
    @JsonPropertyDescription("Those of them still to give.") @Nullable Long available,
    @JsonPropertyDescription("Of the IPv4 addresses alone; left out where there are none.")
        @Nullable AddressCount ipv4,
    @JsonPropertyDescription("Of the IPv6 addresses alone; left out where there are none.")
        @Nullable AddressCount ipv6,
    @JsonPropertyDescription(
            "Addresses that Services have from this pool, though no pool has them any more.")
        @Nullable Integer orphaned,
    @JsonPropertyDescription(
            "Ready is False when no address can be given, and says why. Overlapping tells what else"
                + " has addresses of this pool. Conflict tells which of them other machines of the LAN"
                + " have. InUse tells what the deletion of the pool waits for.")
        List<Condition> conditions) {

  public AddressPoolStatus {
    conditions = Lists.orEmpty(conditions);
  }
}
