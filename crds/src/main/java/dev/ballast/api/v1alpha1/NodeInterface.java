package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/**
 * A network interface of a node that can announce addresses.
 *
 * @param subnets in CIDR notation
 */
public record NodeInterface(
    @Required @JsonPropertyDescription("The name of the interface.") String name,
    @JsonPropertyDescription("The subnets of the interface in CIDR notation.")
        List<String> subnets) {

  public NodeInterface {
    subnets = Lists.orEmpty(subnets);
  }
}
