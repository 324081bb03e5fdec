package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.heartbeat.SimulationBench.Figures;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The short form of {@code ./dev bench simulation}. */
@Tag("feature:faults")
class ClusterSimulationTest {

  @ParameterizedTest
  @CsvSource({"100, 0.0, 800, 10000", "100, 0.05, 1300, 20000"})
  void a_hundred_nodes_agree_on_a_death_with_eighty_datagrams_a_second_each(
      int nodes, double loss, int millis, int maxBytes) {
    // When: with loss, refuted suspicions are passed on. Their number depends on hash codes.
    Figures figures = SimulationBench.measure(nodes, loss, 2);

    // Then
    assertThat(figures.falseDeaths()).isZero();
    assertThat(figures.notAgreed()).isZero();
    assertThat(figures.agreedMaxMillis()).isBetween(300.0, (double) millis);
    assertThat(figures.datagramsPerSecond()).isBetween(60.0, 90.0);
    assertThat(figures.bytesPerSecond()).isBetween(4_000.0, (double) maxBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100})
  void a_node_that_was_missed_learns_of_it_and_no_other_node_does(int nodes) {
    // Given
    var simulation = new ClusterSimulation(nodes, 0, 1);
    simulation.run(Duration.ofSeconds(15));
    simulation.stop("worker-7");
    simulation.run(Duration.ofSeconds(3));

    // When
    simulation.resume("worker-7");
    simulation.run(Duration.ofSeconds(1));

    // Then
    assertThat(simulation.missed()).containsExactly("worker-7");
    assertThat(simulation.deaths()).isZero();
  }
}
