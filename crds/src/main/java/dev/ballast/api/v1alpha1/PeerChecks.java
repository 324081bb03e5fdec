package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/**
 * What a node finds when it checks the addresses of another node from outside.
 *
 * @param node the other node, which announces the addresses
 */
public record PeerChecks(
    @Required @JsonPropertyDescription("The node that announces the addresses.") String node,
    @JsonPropertyDescription("The addresses that answer.") List<String> reachable,
    @JsonPropertyDescription("The addresses that do not answer, and what happened instead.")
        List<AddressReport> unreachable) {

  public PeerChecks {
    reachable = Lists.orEmpty(reachable);
    unreachable = Lists.orEmpty(unreachable);
  }
}
