package dev.ballast.operator.service.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LimitsSpec;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:limits")
class ServiceSettingsTest {

  private static final String IDLE = "ballast.dev/idle-timeout";
  private static final String CONNECTIONS = "ballast.dev/max-connections";

  @Test
  void where_nothing_is_set_the_timeouts_are_the_built_in_ones_and_there_are_no_limits() {
    // When
    ServiceSettings settings = ServiceSettings.of(Map.of(), defaults(Map.of(), Map.of()));

    // Then
    assertThat(settings.timeouts()).isEqualTo(TimeoutsSpec.DEFAULT);
    assertThat(settings.limits()).isNull();
    assertThat(settings.ignoredAnnotations()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "3s, 2s, 1s, 3",
    "3s, 2s,   , 3",
    "3s,   , 1s, 3",
    "3s,   ,   , 3",
    "  , 2s, 1s, 2",
    "  , 2s,   , 2",
    "  ,   , 1s, 1",
    "  ,   ,   , 350",
  })
  void the_Service_comes_before_its_namespace_and_that_before_the_installation(
      @Nullable String own,
      @Nullable String namespaces,
      @Nullable String installations,
      int seconds) {
    // When
    ServiceSettings settings =
        ServiceSettings.of(
            mapOf(IDLE, own),
            defaults(
                mapOf(IDLE, namespaces), mapOf("BALLAST_DEFAULT_IDLE_TIMEOUT", installations)));

    // Then
    assertThat(settings.timeouts().idleSeconds()).isEqualTo(seconds);
    assertThat(settings.ignoredAnnotations()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "unlimited, 20,        10,        ",
    "30,        unlimited, unlimited, 30",
    ",          unlimited, 10,        ",
    ",          ,          unlimited, ",
    ",          ,          10,        10",
  })
  void unlimited_lifts_the_limit_of_the_levels_below(
      @Nullable String own,
      @Nullable String namespaces,
      @Nullable String installations,
      @Nullable Integer connections) {
    // When
    ServiceSettings settings =
        ServiceSettings.of(
            mapOf(CONNECTIONS, own),
            defaults(
                mapOf(CONNECTIONS, namespaces),
                mapOf("BALLAST_DEFAULT_MAX_CONNECTIONS", installations)));

    // Then
    assertThat(settings.limits())
        .isEqualTo(connections == null ? null : new LimitsSpec(connections, null, null, null));
  }

  @Test
  void each_annotation_sets_a_field_of_its_own() {
    // When
    ServiceSettings settings =
        ServiceSettings.of(
            Map.of(
                "ballast.dev/idle-timeout", "24h",
                "ballast.dev/connect-timeout", "2500ms",
                "ballast.dev/udp-idle-timeout", "3m",
                "ballast.dev/max-connections", "4",
                "ballast.dev/max-new-connections-per-second", "5",
                "ballast.dev/max-connections-per-client", "6",
                "ballast.dev/max-connections-per-backend", "7"),
            defaults(Map.of(), Map.of()));

    // Then
    assertThat(settings.timeouts()).isEqualTo(new TimeoutsSpec(2500, 86_400, 180));
    assertThat(settings.limits()).isEqualTo(new LimitsSpec(4, 5, 6, 7));
  }

  @Test
  void each_variable_of_the_environment_sets_a_field_of_its_own() {
    // When
    ServiceSettings settings =
        ServiceSettings.of(
            Map.of(),
            defaults(
                Map.of(),
                Map.of(
                    "BALLAST_DEFAULT_IDLE_TIMEOUT", "24h",
                    "BALLAST_DEFAULT_CONNECT_TIMEOUT", "2500ms",
                    "BALLAST_DEFAULT_UDP_IDLE_TIMEOUT", "3m",
                    "BALLAST_DEFAULT_MAX_CONNECTIONS", "4",
                    "BALLAST_DEFAULT_MAX_NEW_CONNECTIONS_PER_SECOND", "5",
                    "BALLAST_DEFAULT_MAX_CONNECTIONS_PER_CLIENT", "6",
                    "BALLAST_DEFAULT_MAX_CONNECTIONS_PER_BACKEND", "7")));

    // Then
    assertThat(settings.timeouts()).isEqualTo(new TimeoutsSpec(2500, 86_400, 180));
    assertThat(settings.limits()).isEqualTo(new LimitsSpec(4, 5, 6, 7));
  }

  static SettingDefaults defaults(Map<String, String> namespaces, Map<String, String> env) {
    return new SettingDefaults("shop", namespaces, InstallationDefaults.from(env));
  }

  static Map<String, String> mapOf(String key, @Nullable String value) {
    return value == null ? Map.of() : Map.of(key, value);
  }
}
