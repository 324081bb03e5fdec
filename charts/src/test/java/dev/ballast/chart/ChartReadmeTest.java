package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.chart.ChartValues.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The documentation of the chart's values: the README, and the descriptions in the schema. After a
 * change of values.yaml, run this test with {@code -Dballast.update=true} and commit the README.
 */
class ChartReadmeTest {

  private static final Path CHART = Path.of("../charts/ballast");
  private static final Path README = CHART.resolve("README.md");
  private static final String MARKER = "<!-- values -->\n";

  @Test
  void the_readme_contains_the_table_of_values() throws IOException {
    // Given
    String readme = Files.readString(README);
    String table = "\n" + ChartValues.read(CHART).table();

    // When
    String updated = readme.substring(0, readme.indexOf(MARKER) + MARKER.length()) + table;

    // Then
    if (Boolean.getBoolean("ballast.update")) {
      Files.writeString(README, updated);
    }
    assertThat(README).hasContent(updated);
  }

  @Test
  void the_schema_describes_each_value_with_the_first_sentence_of_its_comment() throws IOException {
    assertThat(ChartValues.read(CHART).values())
        .isNotEmpty()
        .allSatisfy(
            value -> {
              assertThat(value.comment()).as(value.path()).isNotEmpty();
              assertThat(value.description()).as(value.path()).isEqualTo(firstSentence(value));
            });
  }

  @Test
  void each_value_has_a_default() throws IOException {
    assertThat(ChartValues.read(CHART).values())
        .allSatisfy(
            value -> assertThat(value.defaultValue().isMissingNode()).as(value.path()).isFalse());
  }

  private static String firstSentence(Value value) {
    return value.comment().replaceFirst("(?<=\\.) .*", "");
  }
}
