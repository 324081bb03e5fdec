package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is worth telling of an Address; one that a Service holds, in a pool, has none, so that it
 * costs no write.
 */
@SchemaCustomizer(value = ListMapCustomizer.class, input = "conditions=type")
public record AddressStatus(
    @JsonPropertyDescription(
            "Bound: a Service holds it, after it was reserved or orphaned. Released: kept for a Service that is gone."
                + " Reserved: kept for one that has not come, or for nobody.")
        @Nullable Phase phase,
    @JsonPropertyDescription(
            "Orphaned: no AddressPool has the address, or none for long. Conflict: a machine that is no node"
                + " answers for it.")
        List<Condition> conditions) {

  /** In the words of PersistentVolumes. */
  public enum Phase {
    Bound,
    Released,
    Reserved
  }

  public AddressStatus {
    conditions = Lists.orEmpty(conditions);
  }
}
