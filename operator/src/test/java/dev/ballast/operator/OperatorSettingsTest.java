package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.operator.service.settings.InstallationDefaults;
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
        .isEqualTo(
            new OperatorSettings(
                "ballast-system", "pod-1", true, true, 7473, "", InstallationDefaults.NONE));
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
                "BALLAST_ADMIN_PORT", "0",
                "BALLAST_HEARTBEAT_SECRET", "lb-heartbeat-keys",
                "BALLAST_DEFAULT_IDLE_TIMEOUT", "24h"));

    // Then
    assertThat(settings)
        .isEqualTo(
            new OperatorSettings(
                "lb",
                "pod-1",
                false,
                false,
                0,
                "lb-heartbeat-keys",
                InstallationDefaults.from(Map.of("BALLAST_DEFAULT_IDLE_TIMEOUT", "24h"))));
    assertThat(settings.defaults()).isNotEqualTo(InstallationDefaults.NONE);
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
        "BALLAST_DEFAULT_IDLE_TIMEOUT | 24 | BALLAST_DEFAULT_IDLE_TIMEOUT has the invalid value '24'. Set it to a duration from 1s to 168h in whole seconds, such as 1h30m.",
        "BALLAST_DEFAULT_CONNECT_TIMEOUT | 5ms | BALLAST_DEFAULT_CONNECT_TIMEOUT has the invalid value '5ms'. Set it to a duration from 10ms to 10m, such as 2500ms.",
        "BALLAST_DEFAULT_UDP_IDLE_TIMEOUT | 25h | BALLAST_DEFAULT_UDP_IDLE_TIMEOUT has the invalid value '25h'. Set it to a duration from 1s to 24h in whole seconds, such as 3m.",
        "BALLAST_DEFAULT_MAX_CONNECTIONS | 0 | BALLAST_DEFAULT_MAX_CONNECTIONS has the invalid value '0'. Set it to a whole number from 1 to 10000000, or unlimited.",
      })
  void an_invalid_value_is_rejected_with_the_valid_ones(String name, String value, String message) {
    assertThatThrownBy(() -> OperatorSettings.from(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
