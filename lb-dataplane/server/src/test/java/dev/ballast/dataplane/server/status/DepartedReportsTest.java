package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DepartedReportsTest {

  private final DepartedReports reports = new DepartedReports();

  @Test
  void a_day_of_a_report_that_comes_back_at_once_has_few_removals() {
    // Given
    int removals = 0;

    // When
    for (long now = 0; now < Duration.ofDays(1).toNanos(); now += Duration.ofSeconds(1).toNanos()) {
      reports.observe(Set.of("n9"));
      for (String node : reports.due(now)) {
        reports.removed(node, now);
        removals++;
      }
    }

    // Then
    assertThat(removals).isBetween(25, 32);
  }

  @Test
  void the_second_removal_is_due_after_a_minute() {
    // Given
    reports.observe(Set.of("n9"));
    reports.removed("n9", 0);

    // When
    reports.observe(Set.of("n9"));

    // Then
    long minute = Duration.ofMinutes(1).toNanos();
    assertThat(reports.due(minute - 1)).isEmpty();
    assertThat(reports.delay(minute - 1)).isEqualTo(1);
    assertThat(reports.due(minute)).containsExactly("n9");
  }

  @Test
  void another_node_has_no_delay() {
    // Given
    reports.removed("n9", 0);

    // When
    reports.observe(Set.of("n8", "n9"));

    // Then
    assertThat(reports.due(1)).containsExactly("n8");
  }
}
