package dev.ballast.operator.service.settings;

import static dev.ballast.operator.service.settings.ServiceSettingsTest.defaults;
import static dev.ballast.operator.service.settings.ServiceSettingsTest.mapOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid values, and the messages about them. */
@Tag("feature:limits")
class ResolvedSettingTest {

  private static final String IDLE = "ballast.dev/idle-timeout";

  private static final String VALID =
      " A valid value is a duration from 1s to 168h in whole seconds, such as 1h30m.";

  @ParameterizedTest
  @CsvSource({
    "24,   ,   ,   350s",
    "24,   ,   1h, 1h of the installation",
    "24,   2h, 1h, 2h of namespace shop",
    "24,   2h, ,   2h of namespace shop",
    "'',   2h, ,   2h of namespace shop",
    "169h, ,   ,   350s",
  })
  void an_invalid_value_of_a_Service_is_ignored_and_the_message_says_what_is_used(
      String own, @Nullable String namespaces, @Nullable String installations, String used) {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.IDLE_TIMEOUT,
            Map.of(IDLE, own),
            defaults(
                mapOf(IDLE, namespaces), mapOf("BALLAST_DEFAULT_IDLE_TIMEOUT", installations)));

    // Then
    assertThat(used).startsWith(resolved.value().text());
    assertThat(resolved.ignored())
        .containsExactly(
            "The annotation ballast.dev/idle-timeout has the invalid value '%s'. The default %s is used."
                    .formatted(own, used)
                + VALID);
  }

  @Test
  void an_invalid_value_of_a_namespace_is_ignored_and_the_message_names_the_namespace() {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.IDLE_TIMEOUT,
            Map.of(),
            defaults(Map.of(IDLE, "1d"), Map.of("BALLAST_DEFAULT_IDLE_TIMEOUT", "1h")));

    // Then
    assertThat(resolved.value().amount()).isEqualTo(3600);
    assertThat(resolved.ignored())
        .containsExactly(
            "The annotation ballast.dev/idle-timeout of namespace shop has the invalid value '1d'."
                + " The default 1h of the installation is used."
                + VALID);
  }

  @Test
  void an_invalid_value_of_a_namespace_has_no_message_on_a_Service_that_overrides_it() {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.IDLE_TIMEOUT,
            Map.of(IDLE, "2h"),
            defaults(Map.of(IDLE, "1d"), Map.of()));

    // Then
    assertThat(resolved.value().amount()).isEqualTo(7200);
    assertThat(resolved.ignored()).isEmpty();
  }

  @Test
  void invalid_values_of_the_Service_and_of_its_namespace_are_both_reported() {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.IDLE_TIMEOUT,
            Map.of(IDLE, "forever"),
            defaults(Map.of(IDLE, "1d"), Map.of()));

    // Then
    assertThat(resolved.ignored())
        .containsExactly(
            "The annotation ballast.dev/idle-timeout has the invalid value 'forever'. The default 350s is used."
                + VALID,
            "The annotation ballast.dev/idle-timeout of namespace shop has the invalid value '1d'."
                + " The default 350s is used."
                + VALID);
  }

  @Test
  void a_limit_without_a_default_is_unlimited() {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.MAX_CONNECTIONS,
            Map.of("ballast.dev/max-connections", "many"),
            defaults(Map.of(), Map.of()));

    // Then
    assertThat(resolved.ignored())
        .containsExactly(
            "The annotation ballast.dev/max-connections has the invalid value 'many'. The default unlimited is used."
                + " A valid value is a whole number from 1 to 10000000, or unlimited.");
  }

  @Test
  void a_message_quotes_only_the_start_of_a_long_value() {
    // When
    ResolvedSetting resolved =
        ResolvedSetting.of(
            TrafficSetting.CONNECT_TIMEOUT,
            Map.of("ballast.dev/connect-timeout", "x".repeat(100_000)),
            defaults(Map.of(), Map.of()));

    // Then
    assertThat(resolved.ignored())
        .containsExactly(
            "The annotation ballast.dev/connect-timeout has the invalid value '"
                + "x".repeat(60)
                + "…'. The default 2000ms is used. A valid value is a duration from 10ms to 10m, such as 2500ms.");
  }
}
