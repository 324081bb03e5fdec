package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorSettingsTest {

  @Test
  void what_is_not_set_has_the_charts_default() {
    // When
    OperatorSettings settings = OperatorSettings.from(Map.of("BALLAST_POD_NAME", "pod-1"));

    // Then
    assertThat(settings)
        .isEqualTo(new OperatorSettings("ballast-system", "pod-1", true, true, 7473));
  }

  @Test
  void what_is_set_counts() {
    // When
    OperatorSettings settings =
        OperatorSettings.from(
            Map.of(
                "BALLAST_NAMESPACE", "lb",
                "BALLAST_POD_NAME", "pod-1",
                "BALLAST_DEFAULT_CLASS", "false",
                "BALLAST_LEADER_ELECTION", "false",
                "BALLAST_ADMIN_PORT", "0"));

    // Then
    assertThat(settings).isEqualTo(new OperatorSettings("lb", "pod-1", false, false, 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "BALLAST_DEFAULT_CLASS   | yes   | BALLAST_DEFAULT_CLASS is 'yes': it must be true or false",
        "BALLAST_DEFAULT_CLASS   | \"\"  | BALLAST_DEFAULT_CLASS is '': it must be true or false",
        "BALLAST_LEADER_ELECTION | TRUE  | BALLAST_LEADER_ELECTION is 'TRUE': it must be true or false",
        "BALLAST_ADMIN_PORT      | http  | BALLAST_ADMIN_PORT is 'http': it must be a port, from 0 to 65535",
        "BALLAST_ADMIN_PORT      | -1    | BALLAST_ADMIN_PORT is '-1': it must be a port, from 0 to 65535",
        "BALLAST_ADMIN_PORT      | 65536 | BALLAST_ADMIN_PORT is '65536': it must be a port, from 0 to 65535",
      })
  void what_is_set_wrongly_is_named_with_what_it_must_be(String name, String value, String words) {
    assertThatThrownBy(() -> OperatorSettings.from(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(words);
  }
}
