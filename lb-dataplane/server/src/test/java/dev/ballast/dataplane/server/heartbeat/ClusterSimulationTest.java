package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.heartbeat.SimulationBench.Figures;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short form of {@code ./dev bench simulation}. */
@Tag("feature:faults")
class ClusterSimulationTest {

  @ParameterizedTest
  @CsvSource({"100, 0.0, 800", "100, 0.05, 1300"})
  void a_hundred_nodes_agree_on_a_death_with_eighty_datagrams_a_second_each(
      int nodes, double loss, int millis) {
    // When
    Figures figures = SimulationBench.measure(nodes, loss, 2);

    // Then
    assertThat(figures.falseDeaths()).isZero();
    assertThat(figures.notAgreed()).isZero();
    assertThat(figures.agreedMaxMillis()).isBetween(300.0, (double) millis);
    assertThat(figures.datagramsPerSecond()).isBetween(60.0, 90.0);
    assertThat(figures.bytesPerSecond()).isBetween(4_000.0, 10_000.0);
  }
}
