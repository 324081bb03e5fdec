package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/**
 * What the selectors of {@link AnnounceSpec} select. The operator writes it for the data planes,
 * which do not watch the labels of all nodes.
 *
 * @param nodes empty if no node matches, or if all nodes can announce
 */
public record AnnounceStatus(
    @JsonPropertyDescription(
            "The nodes that nodeSelector selects. Empty if none matches, or if nodeSelector is not set.")
        List<String> nodes,
    @JsonPropertyDescription("The nodes that preferredNodeSelector selects.")
        List<String> preferredNodes) {

  public AnnounceStatus {
    nodes = Lists.orEmpty(nodes);
    preferredNodes = Lists.orEmpty(preferredNodes);
  }
}
