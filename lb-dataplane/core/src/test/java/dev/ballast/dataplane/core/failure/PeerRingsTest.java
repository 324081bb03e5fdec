package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerRingsTest {

  @Test
  void fifty_nodes_are_all_neighbors() {
    // Given
    Set<String> nodes = nodes(50);

    // When
    Map<String, Set<String>> neighbors = neighbors(nodes);

    // Then
    assertThat(neighbors.values()).allSatisfy(each -> assertThat(each).hasSize(49));
  }

  @ParameterizedTest
  @ValueSource(ints = {51, 100, 1000})
  void nodes_of_a_larger_cluster_have_eight_neighbors_at_most(int count) {
    // Given
    Set<String> nodes = nodes(count);

    // When
    Map<String, Set<String>> neighbors = neighbors(nodes);

    // Then
    assertThat(neighbors)
        .allSatisfy(
            (node, its) -> {
              assertThat(its).hasSizeBetween(4, 8).doesNotContain(node);
              assertThat(its).allSatisfy(other -> assertThat(neighbors.get(other)).contains(node));
            });
    assertThat(neighbors.values().stream().mapToInt(Set::size).average().orElse(0))
        .isGreaterThan(7.4);
  }

  @Test
  void what_one_of_a_thousand_nodes_says_reaches_all_in_six_steps() {
    // Given
    Map<String, Set<String>> neighbors = neighbors(nodes(1000));

    // When
    List<Integer> farthest =
        List.of("worker-0", "worker-1", "worker-999").stream()
            .map(from -> farthest(from, neighbors))
            .toList();

    // Then
    assertThat(farthest).allSatisfy(steps -> assertThat(steps).isLessThanOrEqualTo(6));
  }

  @Test
  void a_node_that_joins_changes_the_neighbors_of_eight_others_at_most() {
    // Given
    Map<String, Set<String>> before = neighbors(nodes(300));

    // When
    Map<String, Set<String>> after = neighbors(nodes(301));

    // Then
    long changed =
        before.entrySet().stream()
            .filter(node -> !node.getValue().equals(after.get(node.getKey())))
            .count();
    assertThat(changed).isBetween(1L, 8L);
  }

  private static int farthest(String from, Map<String, Set<String>> neighbors) {
    Map<String, Integer> steps = new HashMap<>(Map.of(from, 0));
    Queue<String> next = new ArrayDeque<>(List.of(from));
    int last = 0;
    while (!next.isEmpty()) {
      String node = next.remove();
      last = steps.getOrDefault(node, 0);
      for (String other : neighbors.getOrDefault(node, Set.of())) {
        if (steps.putIfAbsent(other, last + 1) == null) {
          next.add(other);
        }
      }
    }
    assertThat(steps).hasSameSizeAs(neighbors);
    return last;
  }

  private static Map<String, Set<String>> neighbors(Set<String> nodes) {
    Map<String, Set<String>> neighbors = new HashMap<>();
    for (String node : nodes) {
      Set<String> others = new HashSet<>(nodes);
      others.remove(node);
      neighbors.put(node, PeerRings.neighbors(node, others));
    }
    return neighbors;
  }

  private static Set<String> nodes(int count) {
    Set<String> nodes = new TreeSet<>();
    IntStream.range(0, count).forEach(number -> nodes.add("worker-" + number));
    return nodes;
  }
}
