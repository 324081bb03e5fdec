package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorSettingsTest {

  @Test
  void an_unset_variable_has_the_default_of_the_chart() {
    // When
    OperatorSettings settings = OperatorSettings.from(Map.of("BALLAST_POD_NAME", "pod-1"));

    // Then
    assertThat(settings)
        .isEqualTo(new OperatorSettings("ballast-system", "pod-1", true, true, 7473));
  }

  @Test
  void environment_variables_override_the_defaults() {
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
        "BALLAST_DEFAULT_CLASS   | yes   | BALLAST_DEFAULT_CLASS has the invalid value 'yes'. Set it to true or false.",
        "BALLAST_DEFAULT_CLASS   | \"\"  | BALLAST_DEFAULT_CLASS has the invalid value ''. Set it to true or false.",
        "BALLAST_LEADER_ELECTION | TRUE  | BALLAST_LEADER_ELECTION has the invalid value 'TRUE'. Set it to true or false.",
        "BALLAST_ADMIN_PORT      | http  | BALLAST_ADMIN_PORT has the invalid value 'http'. Set it to a port from 0 to 65535.",
        "BALLAST_ADMIN_PORT      | -1    | BALLAST_ADMIN_PORT has the invalid value '-1'. Set it to a port from 0 to 65535.",
        "BALLAST_ADMIN_PORT      | 65536 | BALLAST_ADMIN_PORT has the invalid value '65536'. Set it to a port from 0 to 65535.",
      })
  void an_invalid_value_is_rejected_with_the_valid_ones(String name, String value, String message) {
    assertThatThrownBy(() -> OperatorSettings.from(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
