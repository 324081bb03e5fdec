package dev.ballast.operator.service.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/reference/annotations.md and the values of the chart name every setting. */
class AnnotationsPageTest {

  private static final Path PAGE = Path.of("../docs/reference/annotations.md");
  private static final Path VALUES = Path.of("../charts/ballast/values.yaml");

  @ParameterizedTest
  @EnumSource
  void the_page_has_the_annotation_of_a_setting_with_its_Helm_value(TrafficSetting setting)
      throws IOException {
    assertThat(Files.readAllLines(PAGE))
        .filteredOn(line -> line.startsWith("| `" + setting.annotation() + "` |"))
        .singleElement()
        .asString()
        .contains("`defaults." + helmName(setting) + "`");
  }

  @ParameterizedTest
  @EnumSource
  void the_chart_has_a_value_for_a_setting(TrafficSetting setting) throws IOException {
    assertThat(Files.readAllLines(VALUES)).contains("  " + helmName(setting) + ": \"\"");
  }

  private static String helmName(TrafficSetting setting) {
    return Pattern.compile("_(.)")
        .matcher(setting.name().toLowerCase(Locale.ROOT))
        .replaceAll(match -> match.group(1).toUpperCase(Locale.ROOT));
  }
}
