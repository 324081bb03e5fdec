package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clusters in which a node hears its neighbors only. */
class RingSimulationTest {

  private static final Duration WARM_UP = Duration.ofSeconds(8);

  @ParameterizedTest
  @CsvSource({"51, 0.0, 1, 800", "150, 0.0, 3, 800", "80, 0.05, 5, 1200", "60, 0.2, 20, 2000"})
  void every_node_knows_of_a_death_in_time(int nodes, double loss, long delay, long millis) {
    // Given
    var simulation = new HeartbeatSimulation(nodes, loss, delay, nodes);
    simulation.run(WARM_UP);

    // When
    simulation.stop("n0");
    simulation.run(Duration.ofMillis(millis));

    // Then
    assertAllKnow(simulation, names(nodes), Set.of("n0"));
  }

  @Test
  void every_node_knows_at_once_of_a_process_that_has_ended() {
    // Given
    var simulation = new HeartbeatSimulation(100, 0, 2, 3);
    simulation.run(WARM_UP);

    // When
    simulation.end("n0");
    simulation.run(Duration.ofMillis(250));

    // Then
    assertAllKnow(simulation, names(100), Set.of("n0"));
  }

  @Test
  void ten_deaths_at_once_are_known_in_time() {
    // Given
    var simulation = new HeartbeatSimulation(100, 0, 3, 4);
    simulation.run(WARM_UP);
    Set<String> dead = names(10);

    // When
    dead.forEach(simulation::stop);
    simulation.run(Duration.ofSeconds(1));

    // Then
    assertAllKnow(simulation, names(100), dead);
  }

  @ParameterizedTest
  @CsvSource({"51, 0.0, 80", "70, 0.05, 50", "60, 0.2, 20"})
  void loss_delay_and_reordering_kill_nobody(int nodes, double loss, long delay) {
    // Given
    var simulation = new HeartbeatSimulation(nodes, loss, delay, 5);

    // When
    var believed = simulation.run(Duration.ofSeconds(90));

    // Then
    assertThat(believed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void random_pauses_and_broken_links_kill_no_node_that_is_heard(long seed) {
    // Given
    var simulation = new HeartbeatSimulation(55, 0.03, 10, seed);
    simulation.run(WARM_UP);
    Random random = new Random(seed);

    // When
    Set<String> believed = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      String victim = "n" + random.nextInt(55);
      List<String> some = neighbors(simulation, victim, random.nextInt(4));
      simulation.link((from, to) -> !(from.equals(victim) && some.contains(to)));
      String paused = "n" + random.nextInt(55);
      // So short that nobody may call it dead, or so that it doubts itself later.
      simulation.stop(paused);
      simulation.run(Duration.ofMillis(random.nextLong(250))).values().forEach(believed::addAll);
      simulation.resume(paused);
      simulation.run(Duration.ofSeconds(3)).values().forEach(believed::addAll);
    }

    // Then
    assertThat(believed).isEmpty();
  }

  @Test
  void a_node_that_five_of_eight_neighbors_do_not_hear_is_alive() {
    // Given
    var simulation = new HeartbeatSimulation(80, 0.05, 5, 6);
    simulation.run(WARM_UP);
    List<String> deaf = neighbors(simulation, "n0", 5);

    // When
    simulation.link((from, to) -> !(from.equals("n0") && deaf.contains(to)));
    var believed = simulation.run(Duration.ofSeconds(20));

    // Then
    assertThat(believed).isEmpty();
  }

  @Test
  void nodes_that_receive_nothing_kill_nobody() {
    // Given
    var simulation = new HeartbeatSimulation(60, 0, 3, 7);
    simulation.run(WARM_UP);
    simulation.gateway(false);
    Set<String> deaf = names(5);

    // When
    simulation.link((from, to) -> !deaf.contains(to));
    var believed = simulation.run(Duration.ofSeconds(10));

    // Then
    assertThat(believed).isEmpty();
  }

  @Test
  void a_pause_of_all_nodes_kills_nobody() {
    // Given
    var simulation = new HeartbeatSimulation(60, 0, 3, 8);
    simulation.run(WARM_UP);
    names(60).forEach(simulation::stop);
    simulation.run(Duration.ofSeconds(5));

    // When
    names(60).forEach(simulation::resume);
    var believed = simulation.run(WARM_UP);

    // Then
    assertThat(believed).isEmpty();
  }

  @Test
  void a_node_that_was_paused_does_not_believe_what_it_reads_late() {
    // Given
    var simulation = new HeartbeatSimulation(60, 0, 3, 9);
    simulation.run(WARM_UP);
    simulation.stop("n1");
    simulation.stop("n2");
    simulation.run(Duration.ofSeconds(2));
    simulation.resume("n2");
    simulation.run(Duration.ofSeconds(2));

    // When
    simulation.resume("n1");
    var believed = simulation.run(WARM_UP);

    // Then
    assertThat(believed).doesNotContainKey("n1");
    assertAllKnow(simulation, names(60), Set.of());
  }

  @Test
  void a_node_that_lives_again_is_dead_for_nobody() {
    // Given
    var simulation = new HeartbeatSimulation(80, 0.02, 5, 10);
    simulation.run(WARM_UP);
    simulation.stop("n0");
    simulation.run(Duration.ofSeconds(5));

    // When
    simulation.resume("n0");
    simulation.run(Duration.ofSeconds(1));

    // Then
    assertAllKnow(simulation, names(80), Set.of());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void nodes_that_see_fifty_and_fifty_one_kill_nobody(long seed) {
    // Given
    var simulation = new HeartbeatSimulation(50, 0.05, 10, seed);
    simulation.run(WARM_UP);
    Set<String> more = new TreeSet<>(names(50));
    more.add("n50");
    simulation.add("n50");
    simulation.members("n50", more);
    List<String> some = names(50).stream().filter(node -> node.hashCode() % 2 == 0).toList();

    // When
    some.forEach(node -> simulation.members(node, more));
    var mixed = simulation.run(Duration.ofSeconds(25));
    names(50).forEach(node -> simulation.members(node, more));
    var larger = simulation.run(Duration.ofSeconds(25));
    more.forEach(node -> simulation.members(node, more));
    some.forEach(node -> simulation.members(node, names(50)));
    var smaller = simulation.run(Duration.ofSeconds(25));

    // Then
    assertThat(List.of(mixed, larger, smaller)).allSatisfy(it -> assertThat(it).isEmpty());
  }

  @Test
  void a_death_is_known_to_nodes_that_see_fifty_and_fifty_one() {
    // Given
    var simulation = new HeartbeatSimulation(50, 0, 3, 11);
    Set<String> more = new TreeSet<>(names(50));
    more.add("n50");
    simulation.add("n50");
    simulation.members("n50", more);
    names(50).stream()
        .filter(node -> node.hashCode() % 2 == 0)
        .forEach(node -> simulation.members(node, more));
    simulation.run(Duration.ofSeconds(20));

    // When
    simulation.stop("n0");
    simulation.run(Duration.ofMillis(1500));

    // Then
    assertAllKnow(simulation, names(50), Set.of("n0"));
  }

  @Test
  void nodes_that_join_and_leave_kill_nobody_and_hide_no_death() {
    // Given
    var simulation = new HeartbeatSimulation(70, 0.02, 5, 12);
    simulation.run(WARM_UP);
    simulation.stop("n0");
    simulation.run(Duration.ofSeconds(2));
    Set<String> all = new TreeSet<>(names(70));

    // When
    Set<String> believed = new HashSet<>();
    for (int i = 70; i < 90; i++) {
      String joins = "n" + i;
      simulation.add(joins);
      all.add(joins);
      all.remove("n" + (i - 50));
      all.forEach(node -> simulation.members(node, all));
      simulation.run(Duration.ofMillis(700)).values().forEach(believed::addAll);
    }

    // Then
    assertThat(believed).containsExactly("n0");
    assertAllKnow(simulation, all, Set.of("n0"));
  }

  private static void assertAllKnow(
      HeartbeatSimulation simulation, Set<String> nodes, Set<String> dead) {
    Map<Boolean, List<String>> byAgreement =
        nodes.stream()
            .filter(node -> !dead.contains(node))
            .collect(Collectors.partitioningBy(node -> simulation.dead(node).equals(dead)));
    assertThat(byAgreement.get(false)).as("nodes that know something else").isEmpty();
  }

  private static List<String> neighbors(HeartbeatSimulation simulation, String node, int count) {
    return simulation.neighbors(node).stream().sorted().limit(count).toList();
  }

  private static Set<String> names(int count) {
    Set<String> names = new TreeSet<>();
    IntStream.range(0, count).forEach(number -> names.add("n" + number));
    return names;
  }
}
