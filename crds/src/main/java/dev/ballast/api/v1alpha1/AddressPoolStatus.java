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
@SchemaCustomizer(value = ListMap.class, input = "conditions=type")
public record AddressPoolStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Addresses in the pool.") @Nullable Long capacity,
    @JsonPropertyDescription("Addresses that Services hold.") @Nullable Long allocated,
    @JsonPropertyDescription("Addresses still to give.") @Nullable Long available,
    @JsonPropertyDescription("Ready is False when no address can be given, and says why.")
        List<Condition> conditions) {

  public AddressPoolStatus {
    conditions = Lists.orEmpty(conditions);
  }
}
