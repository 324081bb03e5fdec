package dev.ballast.dataplane.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeartbeatSimulationTest {

  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final Duration DETECTION = Duration.ofMillis(600);

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 50})
  void every_node_knows_of_a_death_within_600_ms(int nodes) {
    var simulation = new HeartbeatSimulation(nodes, 0, 3, 1);
    simulation.run(WARM_UP);

    simulation.stop("n0");
    simulation.run(DETECTION);

    for (int i = 1; i < nodes; i++) {
      assertThat(simulation.dead("n" + i)).as("n%d", i).containsExactly("n0");
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 0.0, 50", "3, 0.05, 20", "5, 0.2, 20", "10, 0.2, 5"})
  void loss_and_delay_kill_nobody(int nodes, double loss, long delayMillis) {
    var simulation = new HeartbeatSimulation(nodes, loss, delayMillis, 2);

    var believed = simulation.run(Duration.ofMinutes(10));

    assertThat(believed).isEmpty();
  }

  @Test
  void a_death_is_known_within_a_second_despite_loss() {
    var simulation = new HeartbeatSimulation(3, 0.1, 20, 3);
    simulation.run(WARM_UP);

    simulation.stop("n0");
    simulation.run(Duration.ofSeconds(1));

    assertThat(simulation.dead("n1")).containsExactly("n0");
    assertThat(simulation.dead("n2")).containsExactly("n0");
  }

  @ParameterizedTest
  @ValueSource(longs = {300, 800, 20_000})
  void a_process_that_was_paused_believes_nobody_dead(long pauseMillis) {
    var simulation = new HeartbeatSimulation(3, 0, 3, 4);
    simulation.run(WARM_UP);
    simulation.stop("n0");
    simulation.run(Duration.ofMillis(pauseMillis));

    simulation.resume("n0");
    var believed = simulation.run(WARM_UP);

    assertThat(believed).doesNotContainKey("n0");
    assertThat(simulation.dead("n1")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {800, 20_000})
  void a_process_that_verifies_after_its_pause_is_alive_and_owns_nothing_yet(long pauseMillis) {
    var simulation = new HeartbeatSimulation(3, 0, 3, 6);
    simulation.run(WARM_UP);
    simulation.stop("n0");
    simulation.run(Duration.ofMillis(pauseMillis));
    simulation.resume("n0");
    simulation.run(Duration.ofMillis(150));
    Set<String> verifying = simulation.eligible("n1");

    var believed = simulation.run(WARM_UP);

    assertThat(verifying).containsExactly("n2");
    assertThat(believed).isEmpty();
    assertThat(simulation.eligible("n1")).containsExactlyInAnyOrder("n0", "n2");
  }

  @Test
  void a_pause_of_all_nodes_kills_nobody() {
    var simulation = new HeartbeatSimulation(3, 0, 3, 5);
    simulation.run(WARM_UP);
    Set.of("n0", "n1", "n2").forEach(simulation::stop);
    simulation.run(Duration.ofSeconds(5));

    Set.of("n0", "n1", "n2").forEach(simulation::resume);
    var believed = simulation.run(WARM_UP);

    assertThat(believed).isEmpty();
  }

  @Test
  void a_node_that_receives_nothing_kills_nobody() {
    var simulation = new HeartbeatSimulation(3, 0, 3, 6);
    simulation.run(WARM_UP);

    simulation.gateway(false);
    simulation.link((from, to) -> !to.equals("n0"));
    var believed = simulation.run(WARM_UP);

    assertThat(believed).isEmpty();
  }

  @Test
  void one_lost_link_between_two_of_three_nodes_kills_nobody() {
    var simulation = new HeartbeatSimulation(3, 0, 3, 7);
    simulation.run(WARM_UP);

    simulation.link((from, to) -> !Set.of(from, to).equals(Set.of("n0", "n1")));
    var believed = simulation.run(WARM_UP);

    assertThat(believed).isEmpty();
  }

  @Test
  void the_majority_takes_over_in_a_partition_and_all_agree_after_it() {
    var simulation = new HeartbeatSimulation(3, 0, 3, 8);
    simulation.run(WARM_UP);
    simulation.gateway(false);

    simulation.link((from, to) -> from.equals("n0") == to.equals("n0"));
    simulation.run(WARM_UP);
    Set<String> alone = simulation.dead("n0");
    Set<String> majority = simulation.dead("n1");
    simulation.link((from, to) -> true);
    simulation.run(Duration.ofMillis(300));

    assertThat(alone).isEmpty();
    assertThat(majority).containsExactly("n0");
    assertThat(simulation.dead("n1")).isEmpty();
    assertThat(simulation.dead("n2")).isEmpty();
  }

  @Test
  void one_of_two_nodes_takes_over_only_while_its_gateway_answers() {
    var simulation = new HeartbeatSimulation(2, 0, 3, 9);
    simulation.run(WARM_UP);
    simulation.gateway(false);
    simulation.stop("n0");
    simulation.run(WARM_UP);
    Set<String> silent = simulation.dead("n1");

    simulation.gateway(true);

    assertThat(silent).isEmpty();
    assertThat(simulation.dead("n1")).containsExactly("n0");
  }
}
