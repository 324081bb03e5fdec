package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long is rested after a pass, in milliseconds. */
class ReconcilePauseTest {

  @ParameterizedTest(name = "after {0} ms: {1} ms")
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 3", "12, 30", "60, 174", "90, 250", "30000, 250"})
  void long_passes_take_a_quarter_of_the_time_and_short_ones_what_they_need(
      long pass, long expected) {
    // Given
    Duration took = Duration.ofMillis(pass);

    // When
    Duration breath = DataPlaneController.pauseAfter(took);

    // Then
    assertThat(breath).isEqualTo(Duration.ofMillis(expected));
  }
}
