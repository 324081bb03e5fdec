package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.pool.LabelMatcher;
import io.fabric8.kubernetes.api.model.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The labels of all nodes.
 *
 * @param byNode by the name of the node
 */
public record NodeLabels(Map<String, Map<String, String>> byNode) {

  public static final NodeLabels NONE = new NodeLabels(Map.of());

  public NodeLabels {
    byNode = Map.copyOf(byNode);
  }

  static NodeLabels of(List<Node> nodes) {
    Map<String, Map<String, String>> byNode = new HashMap<>();
    for (Node node : nodes) {
      byNode.put(
          node.getMetadata().getName(),
          Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of()));
    }
    return new NodeLabels(byNode);
  }

  /** The names of the nodes that match, sorted. */
  List<String> matching(LabelMatcher matcher) {
    return byNode.entrySet().stream()
        .filter(node -> matcher.matches(node.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
