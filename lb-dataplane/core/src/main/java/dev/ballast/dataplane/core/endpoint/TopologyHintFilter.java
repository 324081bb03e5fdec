package dev.ballast.dataplane.core.endpoint;

import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Filters candidates by their topology hints, as kube-proxy does. */
public final class TopologyHintFilter {

  private TopologyHintFilter() {}

  /**
   * Returns the candidates with a hint for this node; else those with a hint for its zone; else
   * all. A kind of hint counts only when every candidate has one: while a controller is still
   * writing hints, the first endpoint that has one must not get all traffic. Terminating candidates
   * are not filtered. Keeps the order.
   */
  public static List<Endpoint> filter(List<Endpoint> candidates, NodeLocality locality) {
    if (!candidates.stream()
        .allMatch(
            candidate ->
                EndpointAvailability.of(candidate.conditions()) == EndpointAvailability.UP)) {
      return candidates;
    }
    List<Endpoint> node = withHintFor(locality.node(), candidates, TopologyHints::nodes);
    List<Endpoint> near =
        node.isEmpty() ? withHintFor(locality.zone(), candidates, TopologyHints::zones) : node;
    return near.isEmpty() ? candidates : near;
  }

  private static List<Endpoint> withHintFor(
      String where, List<Endpoint> candidates, Function<TopologyHints, Set<String>> kind) {
    boolean allHinted =
        candidates.stream().noneMatch(candidate -> kind.apply(candidate.hints()).isEmpty());
    return allHinted
        ? candidates.stream()
            .filter(candidate -> kind.apply(candidate.hints()).contains(where))
            .toList()
        : List.of();
  }
}
