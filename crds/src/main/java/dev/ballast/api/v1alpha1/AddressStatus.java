package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Observed state of an Address: its phase and its problems. An Address in a pool that was allocated
 * without a reservation has no status, which saves a write for each Service.
 *
 * @param pool empty if {@code spec.pool} names it, or if there is none
 */
@JsonClassDescription("AddressStatus reports the phase of the address and its problems.")
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type")
public record AddressStatus(
    @JsonPropertyDescription(
            "Bound means that a Service has the address. Released means that the pool retains it for a deleted Service."
                + " Reserved means that a user reserved or blocked it. An address that was only ever Bound"
                + " has no phase.")
        @Nullable Phase phase,
    @JsonPropertyDescription(
            "The AddressPool that has the address now. Empty if spec.pool names it, or if no pool has the address.")
        String pool,
    @JsonPropertyDescription(
            "Orphaned is True if no AddressPool contains the address, or if the pool is being deleted. Conflict is True"
                + " if a machine that is not a cluster node uses the address.")
        List<Condition> conditions) {

  /** Phase of an Address, with the names that a PersistentVolume has for its phases. */
  public enum Phase {
    Bound,
    Released,
    Reserved
  }

  public AddressStatus(
      @Nullable Phase phase, @Nullable String pool, @Nullable List<Condition> conditions) {
    this.phase = phase;
    this.pool = requireNonNullElse(pool, "");
    this.conditions = Lists.orEmpty(conditions);
  }
}
