package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pause after a reconciliation, in milliseconds. */
class ReconcilePauseTest {

  @ParameterizedTest(name = "after {0} ms: {1} ms")
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 3", "12, 30", "60, 174", "90, 250", "30000, 250"})
  void long_reconciliations_use_a_quarter_of_the_time_and_short_ones_need_no_pause(
      long took, long expected) {
    // Given
    Duration duration = Duration.ofMillis(took);

    // When
    Duration pause = ReconcilePause.after(duration);

    // Then
    assertThat(pause).isEqualTo(Duration.ofMillis(expected));
  }
}
