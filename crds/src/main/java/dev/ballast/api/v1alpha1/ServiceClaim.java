package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Service that holds an address.
 *
 * @param uid tells a Service from a later one of the same name
 * @param sharingKey with which other Services of its namespace it shares the address; null: none
 * @param ports what it serves there, where it shares: no two claims have one in common
 */
public record ServiceClaim(
    @Required @JsonPropertyDescription("Namespace of the Service.") String namespace,
    @Required @JsonPropertyDescription("Name of the Service.") String name,
    @Required @JsonPropertyDescription("UID of the Service: one made again later is another.")
        String uid,
    @JsonPropertyDescription("Services of the namespace with this key may share the address.")
        @Nullable String sharingKey,
    @JsonPropertyDescription("What it serves there, where it may share the address.")
        List<ClaimedPort> ports) {

  public ServiceClaim {
    ports = Lists.orEmpty(ports);
  }
}
