package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reference to a Service that has an address, and the ports that it uses there.
 *
 * @param uid distinguishes a Service from a later one with the same name
 * @param sharingKey Services of the namespace with this key can share the address; null means no
 *     sharing
 * @param ports the ports of the Service at a shared address; two claims never have the same one
 */
public record ServiceClaim(
    @Required @JsonPropertyDescription("The namespace of the Service.") String namespace,
    @Required @JsonPropertyDescription("The name of the Service.") String name,
    @Required
        @JsonPropertyDescription(
            "The UID of the Service. It distinguishes the Service from a later one with the same name.")
        String uid,
    @JsonPropertyDescription(
            "Services of the same namespace with the same key can share the address.")
        @Nullable String sharingKey,
    @JsonPropertyDescription(
            "The ports of the Service. Set only if the Service can share the address.")
        List<ClaimedPort> ports) {

  public ServiceClaim {
    ports = Lists.orEmpty(ports);
  }
}
